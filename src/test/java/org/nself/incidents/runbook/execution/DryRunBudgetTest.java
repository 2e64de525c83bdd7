package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

@ExtendWith(RunningService.class)
class DryRunBudgetTest {

  private final Api api;

  DryRunBudgetTest(Service service) {
    this.api = service.admin();
  }

  @Test
  void theStepsOfADryRunShareOneBudget() {
    StringBuilder steps = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      steps.append(
          "%s{'key':'s%d','title':'S','kind':'note','when':'!inputs.t.matches(\\\"(aa|b)c$\\\")','note':{'message':'x'}}"
              .formatted(i == 0 ? "" : ",", i));
    }
    String runbook =
        new RunbookDriver(api).runbookWith("'inputs':[{'name':'t'}],'steps':[" + steps + "]");
    String path = "/api/v1/runbooks/" + runbook + "/plan";
    assertThat(api.post(path, "{\"inputs\":{\"t\":\"a\"}}").expect(200).at("steps")).hasSize(100);
    Api.Response refused =
        api.post(path, "{\"inputs\":{\"t\":\"" + "a".repeat(60_000) + "\"}}").expect(422);
    assertThat(refused.text("code")).isEqualTo("invalid");
    assertThat(refused.at("errors").toString()).contains("steps.s", "more work");
  }
}
