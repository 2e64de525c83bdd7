package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

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

/**
 * Tasks that kill their process or fail each time are set aside, are visible and can be retried.
 */
@ExtendWith(RunningService.class)
class StuckTaskTest {

  private static final String WAIT =
      "[{'key':'hand','title':'Hand','kind':'manual'},{'key':'note','title':'Note','kind':'note','note':{'message':'Done'}}]";

  private final Service service;
  private final DirectDatabase database;
  private final Api api;
  private final RunbookDriver driver;

  StuckTaskTest(TestPostgres postgres) {
    service = Service.start(postgres.createDatabase(), Map.of());
    database = new DirectDatabase(service.databaseUrl());
    api = service.admin();
    driver = new RunbookDriver(api);
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private JsonNode awaitStuck(String id) {
    Eventually.until(
        Duration.ofSeconds(20),
        "the execution to be stuck",
        () -> !driver.get(id).get("stuck_reason").isNull());
    return driver.get(id);
  }

  private String metrics() {
    return service.with(Map.of()).get("/metrics").expect(200).text();
  }

  @Test
  void anExecutionDuringWhichProcessesDiedIsSetAsideAndCanBeRetriedOnce() {
    String id = driver.start(driver.runbook(WAIT));
    driver.awaitStep(id, "hand", "waiting");
    dead(id, 3);
    JsonNode stuck = awaitStuck(id);
    assertThat(stuck.get("stuck_reason").asString()).contains("died 3 times");
    assertThat(stuck.get("stuck_since").isNull()).isFalse();
    assertThat(stuck.get("status").asString()).as("beside that").isEqualTo("waiting");
    driver.command(id, "hand", "complete", "{}").expect(200);
    assertThat(driver.get(id).get("stuck_reason").isNull())
        .as("commands do not start it")
        .isFalse();
    assertThat(metrics())
        .contains("nself_incident_execution_tasks_set_aside_total{task=\"execution\"} 1.0");
    JsonNode retried =
        api.post("/api/v1/runbook-executions/" + id + "/retry", "{}").expect(200).body();
    assertThat(retried.get("stuck_reason").isNull()).isTrue();
    driver.await(id, "succeeded");
  }

  /** As if a process had died that ran the execution, so often in all. */
  private void dead(String execution, int deaths) {
    Eventually.until(
        Duration.ofSeconds(20),
        "the task to end",
        () -> database.number("select count(*) from np_runbook_tasks") == 0);
    database.execute(
        """
        insert into np_runbook_tasks (task_name, task_instance, execution_time, picked, picked_by, last_heartbeat,
          consecutive_failures, version, deaths)
        select 'advance', id || ' ' || source_account_id, now(), true, 'gone', now() - interval '1 hour', 1, 1, %d
        from np_runbook_executions where id = '%s'
        """
            .formatted(deaths, execution));
  }

  @Test
  void anExecutionThatWasOnlyRunWhenItsProcessDiedContinues() {
    String id = driver.start(driver.runbook(WAIT));
    driver.awaitStep(id, "hand", "waiting");
    dead(id, 0);
    Eventually.until(
        Duration.ofSeconds(20),
        "the task to end",
        () -> database.number("select count(*) from np_runbook_tasks") == 0);
    assertThat(driver.get(id).get("stuck_reason").isNull()).isTrue();
    driver.command(id, "hand", "complete", "{}").expect(200);
    driver.await(id, "succeeded");
  }

  @Test
  void anExecutionWhoseDefinitionCannotBeReadIsSetAsideAndNotRetriedForEver() {
    String runbook = driver.runbook("[{'title':'Wait','kind':'wait','wait':{'seconds':3600}}]");
    String id = driver.start(runbook);
    driver.await(id, "waiting");
    try (Service other = Service.start(service.databaseUrl(), Map.of())) {
      service.close();
      database.execute(
          """
          alter table np_runbook_versions disable trigger user;
          update np_runbook_versions set definition = '{"steps": 7}';
          alter table np_runbook_versions enable trigger user
          """);
      database.execute("update np_runbook_tasks set failures = 9, execution_time = now()");
      RunbookDriver there = new RunbookDriver(other.with(api.headers()));
      Eventually.until(
          Duration.ofSeconds(20),
          "the execution to be stuck",
          () -> !there.get(id).get("stuck_reason").isNull());
      assertThat(there.get(id).get("stuck_reason").asString()).contains("failed 10 times");
    }
  }

  @Test
  void anEvaluationOfTriggersThatFailsIsSetAsideAndCanBeRetried() {
    String runbook =
        driver.runbookWith(
            "'attach':{'condition':'true'},'steps':[{'title':'Hand','kind':'manual'}]");
    database.execute(
        "alter table np_runbook_attachments add constraint no_attachment check (runbook_id <> '%s')"
            .formatted(runbook));
    String incident = api.open("Triggers");
    Eventually.until(
        Duration.ofSeconds(20),
        "a failure",
        () -> database.number("select count(*) from np_runbook_tasks where failures > 0") == 1);
    database.execute("update np_runbook_tasks set failures = 9");
    Eventually.until(
        Duration.ofSeconds(20),
        "it to be set aside",
        () ->
            api.get("/api/v1/stuck-trigger-evaluations").expect(200).at("evaluations").size() == 1);
    JsonNode stuck =
        api.data("{ stuckTriggerEvaluations { incidentId since reason } }")
            .at("/stuckTriggerEvaluations/0");
    assertThat(stuck.get("incidentId").asString()).isEqualTo(incident);
    assertThat(stuck.get("reason").asString()).contains("failed 10 times");
    assertThat(
            service.admin().get("/api/v1/stuck-trigger-evaluations").expect(200).at("evaluations"))
        .as("another account's")
        .isEmpty();
    database.execute("alter table np_runbook_attachments drop constraint no_attachment");
    assertThat(
            api.post("/api/v1/incidents/" + incident + "/trigger-evaluations/retry", "{}")
                .expect(200)
                .at("evaluations"))
        .isEmpty();
    Eventually.until(
        Duration.ofSeconds(20),
        "the runbook to be suggested",
        () -> driver.timeline(incident).toString().contains("runbook_suggested"));
  }
}
