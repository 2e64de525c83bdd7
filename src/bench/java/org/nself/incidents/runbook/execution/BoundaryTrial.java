package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/**
 * Kills a process (kill -9) at the first committed write of an execution, another one at the second
 * write of the next execution, and so on until one finishes its execution; each time another
 * process takes over.
 */
final class BoundaryTrial implements AutoCloseable {

  private static final String ACCOUNT = "boundary";
  private static final Duration TIMEOUT = Duration.ofSeconds(40);

  private final String database;
  private final DirectDatabase directDatabase;
  private final Counter server = new Counter();
  private final ServiceProcess survivor;
  private final RunbookDriver driver;
  private final String runbook;

  private BoundaryTrial(String database) {
    this.database = database;
    this.directDatabase = new DirectDatabase(database);
    survivor = service(database);
    driver = new RunbookDriver(survivor.as(ACCOUNT));
    runbook =
        driver.runbook(
            "[{'key':'n1','title':'n1','kind':'note','note':{'message':'n1'}},"
                + step("pay", "'effect':'unsafe',")
                + ","
                + step("look", "'effect':'idempotent','after':['pay'],")
                + ","
                + step("put", "'effect':'idempotent','after':['pay'],")
                + ",{'key':'settle','title':'settle','kind':'wait','after':['look','put'],'wait':{'seconds':1}},"
                + "{'key':'mark','title':'mark','kind':'incident','incident':{'labels':{'done':'yes'}}},"
                + "{'key':'n2','title':'n2','kind':'note','note':{'message':'n2'}}]");
  }

  private String step(String key, String more) {
    return "{'key':'%s','title':'%s','kind':'http',%s'http':{'method':'post','url':'%s'}}"
        .formatted(key, key, more, server.url("/slow/20"));
  }

  private static ServiceProcess service(String databaseUrl) {
    return ServiceProcess.start(databaseUrl, Map.of("ALLOWED_PRIVATE_HOSTS", "127.0.0.1"));
  }

  public static void main(String[] arguments) throws Exception {
    try (TestPostgres postgres = TestPostgres.start();
        BoundaryTrial trial = new BoundaryTrial(postgres.createDatabase())) {
      int boundary = 1;
      int uncertain = 0;
      while (true) {
        Outcome outcome = trial.killedAt(boundary);
        if (!outcome.killed()) {
          break;
        }
        System.out.printf("killed at write %d: %s%n", boundary, outcome);
        uncertain += outcome.uncertain();
        boundary++;
      }
      System.out.printf(
          "kill -9 at each of the %d writes of an execution: each finished, %d steps were"
              + " uncertain, none UNSAFE ran twice%n",
          boundary - 1, uncertain);
    }
    System.exit(0);
  }

  /**
   * @param killed whether there was such a write
   * @param tables to which it wrote
   * @param uncertain steps that a person had to decide
   * @param sent requests of the UNSAFE step, then of the others
   */
  private record Outcome(boolean killed, String tables, int uncertain, String sent) {}

  private Outcome killedAt(int boundary) {
    String incident = survivor.as(ACCOUNT).open("Boundary " + boundary);
    String key = "boundary-" + boundary;
    try (FaultInjectingProxy proxy = new FaultInjectingProxy(database);
        ServiceProcess victim = service(proxy.databaseUrl())) {
      // So that the victim runs the execution.
      signal("STOP");
      try {
        proxy.injectAt(boundary, victim::kill);
        start(victim.as(ACCOUNT), incident, key);
        Eventually.until(
            TIMEOUT,
            "the victim to be killed or the execution to finish",
            () -> proxy.hasInjected() || isFinished(incident));
      } finally {
        signal("CONT");
      }
      String id = start(survivor.as(ACCOUNT), incident, key);
      int uncertain = finish(id);
      check(id, incident);
      return new Outcome(
          proxy.hasInjected(),
          proxy.tables(),
          uncertain,
          "pay %d, look %d, put %d"
              .formatted(
                  server.count(id, "pay"), server.count(id, "look"), server.count(id, "put")));
    }
  }

  /** Returns the id; empty if the process was killed during the request. */
  private String start(Api api, String incident, String key) {
    try {
      return api.header("Idempotency-Key", key)
          .post(
              "/api/v1/runbooks/" + runbook + "/executions",
              "{\"incident_id\":\"" + incident + "\"}")
          .expect(201)
          .text("id");
    } catch (UncheckedIOException e) {
      return "";
    }
  }

  private int finish(String id) {
    int[] uncertain = {0};
    Eventually.until(
        TIMEOUT,
        "the execution to finish",
        () -> {
          JsonNode execution = driver.get(id);
          for (JsonNode step : execution.get("steps")) {
            if (step.get("status").asString().equals("uncertain")) {
              String name = step.get("key").asString();
              // The server knows whether the request arrived.
              String what = server.count(id, name) > 0 ? "complete" : "retry";
              driver.command(id, name, what, "{}").expect(200);
              uncertain[0]++;
            }
          }
          return execution.get("status").asString().equals("succeeded");
        });
    return uncertain[0];
  }

  private void check(String id, String incident) {
    assertThat(server.count(id, "pay")).as("the UNSAFE step").isEqualTo(1);
    assertThat(server.count(id, "look")).as("an IDEMPOTENT step").isBetween(1, 2);
    assertThat(server.count(id, "put")).as("an IDEMPOTENT step").isBetween(1, 2);
    for (String once : new String[] {"n1", "n2"}) {
      assertThat(events(incident, "message = '" + once + "'")).as("note " + once).isOne();
    }
    assertThat(events(incident, "kind = 'runbook_started'")).as("start events").isOne();
    assertThat(events(incident, "kind = 'runbook_finished'")).as("end events").isOne();
    assertThat(events(incident, "kind = 'edited'")).as("changes of the incident").isOne();
  }

  private int events(String incident, String condition) {
    return directDatabase.number(
        "select count(*) from np_incident_timeline where incident_id = '%s' and %s"
            .formatted(incident, condition));
  }

  private boolean isFinished(String incident) {
    return directDatabase.number(
            "select count(*) from np_runbook_executions where incident_id = '%s' and finished_at is not null"
                .formatted(incident))
        > 0;
  }

  private void signal(String name) {
    CrashTrial.signal(name, survivor);
  }

  @Override
  public void close() {
    survivor.close();
    server.close();
  }
}
