package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

@ExtendWith(RunningService.class)
class StartLimitTest {

  private static final String MANUAL = "[{'title':'Hand','kind':'manual'}]";

  private final TestPostgres postgres;

  StartLimitTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void concurrentStartsInTwoProcessesDoNotPassTheLimitOfTheAccount() throws InterruptedException {
    int max = 5;
    String database = postgres.createDatabase();
    Map<String, String> settings = Map.of("RUNBOOK_MAX_EXECUTIONS", String.valueOf(max));
    try (Service one = Service.start(database, settings);
        Service other = Service.start(database, settings)) {
      String account = Service.newAccount();
      List<Api> apis = List.of(one.as(account, "admin"), other.as(account, "admin"));
      String runbook = new RunbookDriver(apis.getFirst()).runbook(MANUAL);
      String path = "/api/v1/runbooks/" + runbook + "/executions";
      for (int round = 1; round <= 5; round++) {
        List<Integer> statuses = startTogether(apis, path, 40);
        assertThat(Collections.frequency(statuses, 201)).as("of round %d", round).isEqualTo(max);
        assertThat(Collections.frequency(statuses, 429)).isEqualTo(40 - max);
        RunbookDriver another = new RunbookDriver(one.admin());
        another.start(another.runbook(MANUAL));
        RunbookDriver driver = new RunbookDriver(apis.getFirst());
        for (var execution : apis.getFirst().get(path).at("executions")) {
          String id = execution.get("id").asString();
          driver.cancel(id);
          driver.await(id, "cancelled");
        }
      }
    }
  }

  private static List<Integer> startTogether(List<Api> apis, String path, int count)
      throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> starts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Api api = apis.get(i % apis.size());
        starts.add(() -> api.post(path, "{}").status());
      }
      return threads.invokeAll(starts).stream().map(Future::resultNow).toList();
    }
  }
}
