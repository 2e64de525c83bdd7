package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** How accounts share the workers of a process and the requests that it has in flight. */
@ExtendWith(RunningService.class)
class WorkersTest {

  private static final int CALLS = 6;

  private final Counter server = new Counter();
  private final Service service;
  private final DirectDatabase database;
  private final RunbookDriver driver;
  private final RunbookDriver neighbour;

  WorkersTest(TestPostgres postgres) {
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "ALLOWED_PRIVATE_HOSTS",
                "127.0.0.1",
                "RUNBOOK_WORKERS",
                "2",
                "RUNBOOK_MAX_CALLS",
                String.valueOf(CALLS)));
    database = new DirectDatabase(service.databaseUrl());
    driver = new RunbookDriver(service.admin());
    neighbour = new RunbookDriver(service.admin());
  }

  @AfterEach
  void stop() {
    service.close();
    server.close();
  }

  private String http(String key, String path) {
    return "{'key':'%s','title':'Call','kind':'http','after':[],'effect':'idempotent','timeout_seconds':300,'http':{'method':'post','url':'%s'}}"
        .formatted(key, server.url(path));
  }

  @Test
  void requestsThatHangHoldNoWorkersAndLeaveRequestsForOtherAccounts() {
    String hanging = driver.runbook("[" + http("call", "/hang") + "]");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 4 * CALLS; i++) {
      ids.add(driver.start(hanging));
    }
    Eventually.until(
        Duration.ofSeconds(20), "half of the requests", () -> server.counts().size() == CALLS / 2);
    long since = System.nanoTime();
    String quick =
        neighbour.start(
            neighbour.runbook(
                "[{'key':'note','title':'Note','kind':'note','note':{'message':'Hello'}},"
                    + http("call", "/ok")
                    + "]"));
    neighbour.await(quick, "succeeded");
    assertThat(Duration.ofNanos(System.nanoTime() - since))
        .as("the runbook of another account")
        .isLessThan(Duration.ofSeconds(5));
    assertThat(server.counts().size()).as("requests of both").isEqualTo(CALLS / 2 + 1);
    ids.forEach(id -> driver.cancel(id).expect(200));
    Eventually.until(
        Duration.ofSeconds(20),
        "all to be cancelled",
        () ->
            database.number("select count(*) from np_runbook_executions where status = 'cancelled'")
                == ids.size());
    // The permits are back.
    neighbour.await(
        neighbour.start(neighbour.runbook(manyCalls(2 * CALLS, "/slow/20"))), "succeeded");
  }

  private String manyCalls(int count, String path) {
    return IntStream.range(0, count)
        .mapToObj(i -> http("call" + i, path))
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void stepsThatWaitForTheirRequestAreNotAttemptedYet() {
    String id = driver.start(driver.runbook(manyCalls(40, "/hang")));
    Eventually.until(
        Duration.ofSeconds(20), "half of the requests", () -> server.counts().size() == CALLS / 2);
    JsonNode execution = driver.get(id);
    assertThat(execution.get("status").asString()).isEqualTo("running");
    assertThat(execution.get("steps").valueStream().map(step -> step.get("status").asString()))
        .filteredOn("pending"::equals)
        .hasSize(40 - CALLS / 2);
    server.release();
    driver.await(id, "succeeded");
    assertThat(server.counts()).hasSize(40).allSatisfy((_, count) -> assertThat(count).isOne());
  }

  @Test
  void theBacklogOfAnAccountDoesNotDelayTheTasksOfAnother() {
    String wait =
        driver.runbook("[{'key':'wait','title':'Wait','kind':'wait','wait':{'seconds':3600}}]");
    String id = driver.start(wait);
    driver.await(id, "waiting");
    // Tasks that are due and older than the neighbour's; each only finds that nothing is to do.
    database.execute(
        """
        insert into np_runbook_tasks (task_name, task_instance, execution_time, picked, version)
        select 'advance', gen_random_uuid() || ' backlog', now() - interval '1 hour', false, 1
        from generate_series(1, 20000)
        """);
    long since = System.nanoTime();
    neighbour.await(
        neighbour.start(
            neighbour.runbook("[{'title':'Note','kind':'note','note':{'message':'Hello'}}]")),
        "succeeded");
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(Duration.ofSeconds(5));
    assertThat(database.number("select count(*) from np_runbook_tasks where account = 'backlog'"))
        .as("the rest of the backlog")
        .isPositive();
  }
}
