package org.nself.incidents.runbook.execution;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

@ExtendWith(RunningService.class)
class StartLimitTest {

  private final TestPostgres postgres;

  StartLimitTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void anAccountHasSoManyUnfinishedExecutionsAndNotMore() {
    try (Service service =
        Service.start(postgres.createDatabase(), Map.of("RUNBOOK_MAX_EXECUTIONS", "1"))) {
      Api api = service.admin();
      RunbookDriver play = new RunbookDriver(api);
      String runbook = play.runbook("[{'title':'Hand','kind':'manual'}]");
      String path = "/api/v1/runbooks/" + runbook + "/executions";
      String first = play.start(runbook);
      api.post(path, "{}").expect(429);
      RunbookDriver another = new RunbookDriver(service.admin());
      another.start(another.runbook("[{'title':'Hand','kind':'manual'}]"));
      play.cancel(first).expect(200);
      play.await(first, "cancelled");
      api.post(path, "{}").expect(201);
    }
  }
}
