package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Executions that race with each other, with people and with outages of the database. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RacesTest {

  private static final String WAITING_FOR_LOCK =
      "select count(*) from pg_locks where not granted and locktype in ('transactionid', 'tuple')";

  private final Counter server = new Counter();
  private final String database;
  private final DirectDatabase directDatabase;
  private final Service service;
  private String account;
  private Api api;
  private RunbookDriver driver;

  RacesTest(TestPostgres postgres) {
    database = postgres.createDatabase();
    directDatabase = new DirectDatabase(database);
    service =
        Service.start(
            database, Map.of("ALLOWED_PRIVATE_HOSTS", "127.0.0.1", "RUNBOOK_MAX_EXECUTIONS", "3"));
  }

  @BeforeEach
  void useAnotherAccount() {
    account = Service.newAccount();
    api = service.as(account, "admin");
    driver = new RunbookDriver(api);
  }

  @AfterAll
  void stop() {
    service.close();
    server.close();
  }

  private String http(String key, String more, String path) {
    return "{'key':'%s','title':'%s','kind':'http',%s'http':{'method':'post','url':'%s'}}"
        .formatted(key, key, more, server.url(path));
  }

  private static String run(String runbook, String more) {
    return "{'key':'run','title':'run','kind':'runbook',%s'runbook':{'runbook_id':'%s'}}"
        .formatted(more, runbook);
  }

  /** The id of the account's only child execution. */
  private String child() {
    return directDatabase
        .texts(
            "select id::text from np_runbook_executions where source_account_id = '%s' and parent_execution_id is not null"
                .formatted(account))
        .getFirst();
  }

  @Test
  void anEndingExecutionWaitsForItsChildWithoutSpinning() {
    String below = driver.runbook("[" + http("slow", "", "/slow/5000") + "]");
    String above =
        driver.runbook(
            "["
                + run(below, "'timeout_seconds':2,")
                + ",{'key':'wait','title':'wait','kind':'wait','after':[],'wait':{'seconds':1}},"
                + http("fails", "'after':['wait'],", "/status/500")
                + "]");
    String id = driver.start(above);
    driver.await(id, "failed");
    JsonNode child = driver.await(child(), "cancelled");
    assertThat(RunbookDriver.status(child, "slow"))
        .as("the request in flight, which is aborted")
        .isEqualTo("uncertain");
    assertThat(
            directDatabase.number(
                "select max(version + wakes) from np_runbook_executions where source_account_id = '%s'"
                    .formatted(account)))
        .as("writes; a busy loop would make thousands")
        .isLessThan(60);
  }

  @Test
  void aStepThatTimesOutCancelsItsChild() {
    String below = driver.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String id = driver.start(driver.runbook("[" + run(below, "'timeout_seconds':1,") + "]"));
    driver.await(id, "failed");
    JsonNode child = driver.await(child(), "cancelled");
    assertThat(child.get("reason").asString()).contains("no longer waits for it");
  }

  @Test
  void aChildThatEndedInTimeIsNotTimedOutWhenItIsSeenLater() {
    String below = driver.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String id = driver.start(driver.runbook("[" + run(below, "'timeout_seconds':3600,") + "]"));
    driver.awaitStep(id, "run", "waiting");
    driver.awaitStep(child(), "hand", "waiting");
    directDatabase.execute("update np_runbook_steps set expires_at = now() where key = 'run'");
    driver.command(child(), "hand", "complete", "{}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void aStepThatChangesTheIncidentLocksItBeforeItWrites() throws SQLException {
    String incident = api.open("Shared");
    String runbook =
        driver.runbook(
            "[{'key':'say','title':'say','kind':'note','note':{'message':'before'}},"
                + "{'key':'set','title':'set','kind':'incident','incident':{'labels':{'a':'b'}}}]");
    try (Connection person = TestPostgres.connect(database);
        Statement statement = person.createStatement()) {
      person.setAutoCommit(false);
      statement.execute("select from np_incidents for no key update");
      String id = driver.start(runbook, "{'incident_id':'" + incident + "'}");
      awaitLockWait();
      append(statement, incident);
      person.commit();
      driver.await(id, "succeeded");
    }
  }

  @Test
  void anExecutionThatEndsLocksItsParentBeforeItWrites() throws SQLException {
    String incident = api.open("Shared");
    String below = driver.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String id =
        driver.start(
            driver.runbook("[" + run(below, "") + "]"), "{'incident_id':'" + incident + "'}");
    driver.awaitStep(id, "run", "waiting");
    driver.awaitStep(child(), "hand", "waiting");
    try (Connection other = TestPostgres.connect(database);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "select from np_runbook_executions where id = '%s' for no key update".formatted(id));
      driver.command(child(), "hand", "complete", "{}").expect(200);
      awaitLockWait();
      append(statement, incident);
      other.commit();
    }
    driver.await(id, "succeeded");
  }

  private void awaitLockWait() {
    Eventually.until(
        Duration.ofSeconds(10),
        "a transaction that waits for the row",
        () -> directDatabase.number(WAITING_FOR_LOCK) > 0);
  }

  /** Locks the head of the timeline, which no waiting transaction may hold. */
  private static void append(Statement statement, String incident) throws SQLException {
    statement.execute(
        """
        insert into np_incident_timeline (source_account_id, incident_id, id, kind, message, data, actor, occurred_at)
        select source_account_id, id, gen_random_uuid(), 'note', 'beside', '{}', 'somebody', now()
        from np_incidents where id = '%s'
        """
            .formatted(incident));
  }

  @Test
  void aResponseSurvivesAnOutageOfTheDatabase() {
    String id =
        driver.start(driver.runbook("[" + http("pay", "'effect':'unsafe',", "/slow/3000") + "]"));
    Eventually.until(Duration.ofSeconds(10), "the request", () -> server.count(id, "pay") == 1);
    long until = System.nanoTime() + Duration.ofSeconds(4).toNanos();
    Eventually.until(
        Duration.ofSeconds(20),
        "four seconds of broken connections",
        () -> {
          directDatabase.number(
              "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                  + " where datname = current_database() and pid <> pg_backend_pid()");
          return System.nanoTime() > until;
        });
    Eventually.until(
        Duration.ofSeconds(10),
        "the service to reach the database again",
        () -> api.get("/api/v1/runbook-executions/" + id).status() == 200);
    JsonNode done = driver.await(id, "succeeded");
    assertThat(RunbookDriver.step(done, "pay").get("attempts")).hasSize(1);
    assertThat(server.count(id, "pay")).isEqualTo(1);
  }

  @Test
  void childExecutionsCountTowardsTheLimit() {
    String below = driver.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String two = run(below, "") + "," + run(below, "'after':[],").replace("'run'", "'more'");
    String first = driver.start(driver.runbook("[" + two + "]"));
    driver.awaitStep(first, "more", "waiting");
    api.post("/api/v1/runbooks/" + below + "/executions", "{}").expect(429);
    driver.cancel(first).expect(200);
    driver.await(first, "cancelled");
    String full =
        driver.start(
            driver.runbook(
                "["
                    + two
                    + ","
                    + run(below, "'after':[],").replace("'run'", "'third'")
                    + ",{'key':'hand','title':'hand','kind':'manual'}]"));
    JsonNode failed = driver.await(full, "failed");
    assertThat(failed.toString()).contains("3 unfinished executions");
  }

  @Test
  void aTriggerThatFailsDoesNotKeepOthersFromBeingEvaluated() {
    String trigger = "'attach':{'condition':'true'},'steps':[{'title':'Hand','kind':'manual'}]";
    String failing = driver.runbookWith(trigger);
    driver.runbookWith(trigger);
    directDatabase.execute(
        "alter table np_runbook_attachments add constraint no_attachment check (runbook_id <> '%s')"
            .formatted(failing));
    String incident = api.open("Triggers");
    Eventually.until(
        Duration.ofSeconds(10),
        "the other runbook to be suggested",
        () -> driver.timeline(incident).toString().contains("runbook_suggested"));
  }

  @Test
  void anEmptyOwnerFailsTheStep() {
    String incident = api.open("Nobody's");
    String id =
        driver.start(
            driver.runbook(
                "[{'key':'set','title':'set','kind':'incident','incident':{'owner':'${incident.summary}'}}]"),
            "{'incident_id':'" + incident + "'}");
    JsonNode failed = driver.await(id, "failed");
    assertThat(RunbookDriver.step(failed, "set").get("error").asString())
        .isEqualTo("The owner is empty");
  }

  @Test
  void resolvingAnUncertainStepDoesNotResumeAnExecutionThatAnotherStepFailed() {
    String id =
        driver.start(
            driver.runbook(
                "["
                    + http("breaks", "'effect':'unsafe','timeout_seconds':1,", "/hang")
                    + ","
                    + http("fails", "'after':[],", "/status/400")
                    + ","
                    + http("next", "'after':['breaks'],", "/ok")
                    + "]"));
    driver.awaitStep(id, "breaks", "uncertain");
    driver.await(id, "failed");
    driver.command(id, "breaks", "complete", "{}").expect(200);
    JsonNode still = driver.get(id);
    assertThat(still.get("status").asString()).isEqualTo("failed");
    assertThat(RunbookDriver.status(still, "next")).isEqualTo("cancelled");
    driver.command(id, "fails", "skip", "{}").expect(200);
    driver.await(id, "succeeded");
    assertThat(server.count(id, "next")).isEqualTo(1);
  }
}
