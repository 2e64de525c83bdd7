package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Executions that meet others, people and a database that is away, at the same moment. */
@ExtendWith(RunningService.class)
class RacesTest {

  private static final String WAITING_FOR_LOCK =
      "select count(*) from pg_locks where not granted and locktype in ('transactionid', 'tuple')";

  private final Counter server = new Counter();
  private final String database;
  private final DirectDatabase past;
  private final Service service;
  private final Api api;
  private final RunbookDriver play;

  RacesTest(TestPostgres postgres) {
    database = postgres.createDatabase();
    past = new DirectDatabase(database);
    service =
        Service.start(
            database, Map.of("ALLOWED_PRIVATE_HOSTS", "127.0.0.1", "RUNBOOK_MAX_EXECUTIONS", "3"));
    api = service.admin();
    play = new RunbookDriver(api);
  }

  @AfterEach
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

  /** Of the only execution that another one runs. */
  private String child() {
    return past.texts(
            "select id::text from np_runbook_executions where parent_execution_id is not null")
        .getFirst();
  }

  @Test
  void anExecutionThatEndsWaitsForTheOneItRunsAndNotForItsTimers() {
    String below = play.runbook("[" + http("slow", "", "/slow/5000") + "]");
    String above =
        play.runbook(
            "["
                + run(below, "'timeout_seconds':2,")
                + ",{'key':'wait','title':'wait','kind':'wait','after':[],'wait':{'seconds':1}},"
                + http("fails", "'after':['wait'],", "/status/500")
                + "]");
    String id = play.start(above);
    play.await(id, "failed");
    JsonNode child = play.await(child(), "cancelled");
    assertThat(RunbookDriver.status(child, "slow")).as("what was in flight").isEqualTo("succeeded");
    assertThat(past.number("select max(version + wakes) from np_runbook_executions"))
        .as("writes; there were thousands when it did not wait")
        .isLessThan(60);
  }

  @Test
  void whatTimesOutCancelsWhatItRan() {
    String below = play.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String id = play.start(play.runbook("[" + run(below, "'timeout_seconds':1,") + "]"));
    play.await(id, "failed");
    JsonNode child = play.await(child(), "cancelled");
    assertThat(child.get("reason").asString()).contains("no longer waits for it");
  }

  @Test
  void whatEndedInTimeIsNotTimedOutBecauseItIsSeenLater() {
    String below = play.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String id = play.start(play.runbook("[" + run(below, "'timeout_seconds':3600,") + "]"));
    play.awaitStep(id, "run", "waiting");
    play.awaitStep(child(), "hand", "waiting");
    past.execute("update np_runbook_steps set expires_at = now() where key = 'run'");
    play.tell(child(), "hand", "complete", "{}").expect(200);
    play.await(id, "succeeded");
  }

  @Test
  void aStepThatChangesTheIncidentWaitsForWhoIsAtItBeforeItWritesAnything() throws SQLException {
    String incident = api.open("Shared");
    String runbook =
        play.runbook(
            "[{'key':'say','title':'say','kind':'note','note':{'message':'before'}},"
                + "{'key':'set','title':'set','kind':'incident','incident':{'labels':{'a':'b'}}}]");
    try (Connection person = TestPostgres.connect(database);
        Statement statement = person.createStatement()) {
      person.setAutoCommit(false);
      statement.execute("select from np_incidents for no key update");
      String id = play.start(runbook, "{'incident_id':'" + incident + "'}");
      thatItWaits();
      append(statement, incident);
      person.commit();
      play.await(id, "succeeded");
    }
  }

  @Test
  void anExecutionThatEndsWaitsForTheOneAboveBeforeItWritesAnything() throws SQLException {
    String incident = api.open("Shared");
    String below = play.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String id =
        play.start(play.runbook("[" + run(below, "") + "]"), "{'incident_id':'" + incident + "'}");
    play.awaitStep(id, "run", "waiting");
    play.awaitStep(child(), "hand", "waiting");
    try (Connection other = TestPostgres.connect(database);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "select from np_runbook_executions where id = '%s' for no key update".formatted(id));
      play.tell(child(), "hand", "complete", "{}").expect(200);
      thatItWaits();
      append(statement, incident);
      other.commit();
    }
    play.await(id, "succeeded");
  }

  private void thatItWaits() {
    Eventually.until(
        Duration.ofSeconds(10), "a wait for the row", () -> past.number(WAITING_FOR_LOCK) > 0);
  }

  /** Takes the head of the timeline, which nobody who waits may hold. */
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
  void anAnswerIsNotLostBecauseTheDatabaseIsAwayForAMoment() {
    String id =
        play.start(play.runbook("[" + http("pay", "'effect':'unsafe',", "/slow/3000") + "]"));
    Eventually.until(Duration.ofSeconds(10), "the request", () -> server.count(id, "pay") == 1);
    long until = System.nanoTime() + Duration.ofSeconds(4).toNanos();
    Eventually.until(
        Duration.ofSeconds(20),
        "four seconds without a connection that lasts",
        () -> {
          past.number(
              "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                  + " where datname = current_database() and pid <> pg_backend_pid()");
          return System.nanoTime() > until;
        });
    Eventually.until(
        Duration.ofSeconds(10),
        "the service to have the database again",
        () -> api.get("/api/v1/runbook-executions/" + id).status() == 200);
    JsonNode done = play.await(id, "succeeded");
    assertThat(RunbookDriver.step(done, "pay").get("attempts")).hasSize(1);
    assertThat(server.count(id, "pay")).isEqualTo(1);
  }

  @Test
  void whatRunbooksRunCountsTowardsTheLimitToo() {
    String below = play.runbook("[{'key':'hand','title':'hand','kind':'manual'}]");
    String two = run(below, "") + "," + run(below, "'after':[],").replace("'run'", "'more'");
    String first = play.start(play.runbook("[" + two + "]"));
    play.awaitStep(first, "more", "waiting");
    api.post("/api/v1/runbooks/" + below + "/executions", "{}").expect(429);
    play.cancel(first).expect(200);
    play.await(first, "cancelled");
    String full =
        play.start(
            play.runbook(
                "["
                    + two
                    + ","
                    + run(below, "'after':[],").replace("'run'", "'third'")
                    + ",{'key':'hand','title':'hand','kind':'manual'}]"));
    JsonNode failed = play.await(full, "failed");
    assertThat(failed.toString()).contains("3 unfinished executions");
  }

  @Test
  void anOwnerThatIsEmptyFailsTheStep() {
    String incident = api.open("Nobody's");
    String id =
        play.start(
            play.runbook(
                "[{'key':'set','title':'set','kind':'incident','incident':{'owner':'${incident.summary}'}}]"),
            "{'incident_id':'" + incident + "'}");
    JsonNode failed = play.await(id, "failed");
    assertThat(RunbookDriver.step(failed, "set").get("error").asString())
        .isEqualTo("The owner is empty");
  }

  @Test
  void tellingWhatBecameOfOneStepDoesNotLiftTheStopOfAnother() {
    String id =
        play.start(
            play.runbook(
                "["
                    + http("breaks", "'effect':'unsafe','timeout_seconds':1,", "/hang")
                    + ","
                    + http("fails", "'after':[],", "/status/400")
                    + ","
                    + http("next", "'after':['breaks'],", "/ok")
                    + "]"));
    play.awaitStep(id, "breaks", "uncertain");
    play.await(id, "failed");
    play.tell(id, "breaks", "complete", "{}").expect(200);
    JsonNode still = play.get(id);
    assertThat(still.get("status").asString()).isEqualTo("failed");
    assertThat(RunbookDriver.status(still, "next")).isEqualTo("cancelled");
    play.tell(id, "fails", "skip", "{}").expect(200);
    play.await(id, "succeeded");
    assertThat(server.count(id, "next")).isEqualTo(1);
  }
}
