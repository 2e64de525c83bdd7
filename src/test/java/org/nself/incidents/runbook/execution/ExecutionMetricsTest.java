package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** What /metrics tells operators about executions. */
@ExtendWith(RunningService.class)
class ExecutionMetricsTest {

  private static final String PREFIX = "nself_incident_execution";

  private final TestPostgres postgres;

  ExecutionMetricsTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  private static double metric(Api api, String sample) {
    Matcher line =
        Pattern.compile("^" + Pattern.quote(PREFIX + sample) + " (\\S+)$", Pattern.MULTILINE)
            .matcher(api.get("/metrics").expect(200).text());
    assertThat(line.find()).as("a sample %s", PREFIX + sample).isTrue();
    return Double.parseDouble(line.group(1));
  }

  @Test
  void executionsAndAttemptsAreCountedByTheirResult() {
    try (Counter server = new Counter();
        Service service =
            Service.start(
                postgres.createDatabase(), Map.of("ALLOWED_PRIVATE_HOSTS", "127.0.0.1"))) {
      Api api = service.admin();
      RunbookDriver driver = new RunbookDriver(api);
      String step =
          "[{'key':'call','title':'Call','kind':'http','retry':{'max_attempts':2,'backoff_seconds':0},"
              + "'http':{'method':'post','url':'%s'}}]";
      driver.await(
          driver.start(driver.runbook(step.formatted(server.url("/fails/1")))), "succeeded");
      driver.await(
          driver.start(driver.runbook(step.formatted(server.url("/status/500")))), "failed");
      String waiting = driver.start(driver.runbook("[{'title':'Hand','kind':'manual'}]"));
      driver.cancel(waiting).expect(200);
      driver.await(waiting, "cancelled");
      assertThat(metric(api, "s_started_total")).isEqualTo(3);
      assertThat(metric(api, "s_finished_total{status=\"succeeded\"}")).isEqualTo(1);
      assertThat(metric(api, "s_finished_total{status=\"failed\"}")).isEqualTo(1);
      assertThat(metric(api, "s_finished_total{status=\"cancelled\"}")).isEqualTo(1);
      assertThat(metric(api, "_attempts_total{outcome=\"succeeded\"}")).isEqualTo(1);
      assertThat(metric(api, "_attempts_total{outcome=\"failed\"}")).isEqualTo(3);
      assertThat(metric(api, "_attempts_total{outcome=\"unknown\"}")).isZero();
      assertThat(metric(api, "_leases_lost_total")).isZero();
    }
  }

  @Test
  void aLeaseThatAnotherWorkerTookIsCountedAsLost() {
    String database = postgres.createDatabase();
    try (Counter server = new Counter();
        Service service = Service.start(database, Map.of("ALLOWED_PRIVATE_HOSTS", "127.0.0.1"))) {
      Api api = service.admin();
      RunbookDriver driver = new RunbookDriver(api);
      String id =
          driver.start(
              driver.runbook(
                  "[{'key':'call','title':'Call','kind':'http','http':{'method':'post','url':'%s'}}]"
                      .formatted(server.url("/hang"))));
      driver.awaitStep(id, "call", "running");
      new DirectDatabase(database).execute("update np_runbook_executions set fence = fence + 1");
      Eventually.until(
          Duration.ofSeconds(10),
          "the lease to be counted as lost",
          () -> metric(api, "_leases_lost_total") == 1);
    }
  }

  @Test
  void tasksThatNoWorkerTakesAreDueAndLate() {
    String database = postgres.createDatabase();
    try (Service service = Service.start(database, Map.of())) {
      Api api = service.admin();
      assertThat(metric(api, "_tasks_due")).isZero();
      assertThat(metric(api, "_tasks_late")).isZero();
      assertThat(metric(api, "_task_lag_seconds")).isZero();
      // Of a name that no worker knows, so that it stays.
      new DirectDatabase(database)
          .execute(
              "insert into np_runbook_tasks (task_name, task_instance, execution_time, picked,"
                  + " version) values ('other', 'x', now() - interval '1 minute', false, 1)");
      Eventually.until(
          Duration.ofSeconds(20),
          "the backlog to be read again",
          () -> metric(api, "_tasks_due") == 1 && metric(api, "_tasks_late") == 1);
      assertThat(metric(api, "_task_lag_seconds")).isBetween(60.0, 120.0);
    }
  }
}
