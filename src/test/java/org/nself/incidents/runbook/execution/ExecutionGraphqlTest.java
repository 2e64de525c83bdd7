package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class ExecutionGraphqlTest {

  private final Api api;
  private final RunbookDriver driver;

  ExecutionGraphqlTest(Service service) {
    this.api = service.admin();
    this.driver = new RunbookDriver(api);
  }

  @Test
  void anExecutionIsStartedQueriedAndFinished() {
    String incident = api.open("Down");
    String runbook = Settled.waiting(api).runbook();
    JsonNode started =
        api.data(
                """
                mutation ($runbook: UUID!, $incident: UUID) {
                  startRunbook(input: {runbookId: $runbook, incidentId: $incident}) { id status startedBy inputs steps { key kind } }
                }
                """,
                "{\"runbook\":\"%s\",\"incident\":\"%s\"}".formatted(runbook, incident))
            .get("startRunbook");
    String id = started.get("id").asString();
    assertThat(started.at("/steps/1/kind").asString()).isEqualTo("APPROVAL");
    driver.await(id, "waiting");
    String variables = "{\"id\":\"" + id + "\"}";
    api.data(
        "mutation ($id: UUID!) { completeRunbookStep(input: {executionId: $id, step: \"hand\","
            + " output: {a: 1}}) { id } }",
        variables);
    api.data(
        "mutation ($id: UUID!) { decideRunbookApproval(input: {executionId: $id, step: \"ask\","
            + " verdict: APPROVE, reason: \"Right\"}) { id } }",
        variables);
    driver.await(id, "succeeded");
    JsonNode execution =
        api.data(
                """
                query ($id: UUID!) { runbookExecution(id: $id) {
                  status runbookId incidentId finishedAt
                  steps { key status output actor attempts { number } decisions { verdict reason role } } } }
                """,
                variables)
            .get("runbookExecution");
    assertThat(execution.get("status").asString()).isEqualTo("SUCCEEDED");
    assertThat(execution.at("/steps/0/output/a").asInt()).isEqualTo(1);
    assertThat(execution.at("/steps/1/decisions/0/role").asString()).isEqualTo("admin");
    JsonNode lists =
        api.data(
            """
            query ($id: UUID!) { runbook(id: $id) { executions(first: 1) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } } }
            """,
            "{\"id\":\"" + runbook + "\"}");
    assertThat(lists.at("/runbook/executions/totalCount").asInt()).isEqualTo(2);
    assertThat(lists.at("/runbook/executions/nodes/0/id").asString())
        .as("newest first")
        .isEqualTo(id);
    JsonNode next =
        api.data(
            "query ($id: UUID!, $after: String) { runbook(id: $id) { executions(after: $after) {"
                + " nodes { id } pageInfo { hasNextPage } } } }",
            "{\"id\":\"%s\",\"after\":\"%s\"}"
                .formatted(runbook, lists.at("/runbook/executions/pageInfo/endCursor").asString()));
    assertThat(next.at("/runbook/executions/nodes")).hasSize(1);
    assertThat(next.at("/runbook/executions/pageInfo/hasNextPage").asBoolean()).isFalse();
    assertThat(
            api.data(
                    "query ($id: UUID!) { incident(id: $id) { runbookExecutions { nodes { id steps"
                        + " { key } } } } }",
                    "{\"id\":\"" + incident + "\"}")
                .at("/incident/runbookExecutions/nodes/0/steps"))
        .hasSize(2);
  }

  @Test
  void aDryRunEvaluatesTheStepsAndExecutesNothing() {
    String runbook =
        driver.runbookWith(
            """
            'inputs':[{'name':'service','required':true},{'name':'hard','type':'boolean','default':false}],
            'steps':[
              {'key':'call','title':'Call','kind':'http','http':{'method':'post','url':'https://deploy.example.com/${inputs.service}','body':'{}'}},
              {'key':'force','title':'Force','kind':'note','when':'inputs.hard','note':{'message':'forced'}},
              {'key':'tell','title':'Tell','kind':'note','note':{'message':'${steps.call.output.id}'}}]
            """);
    JsonNode plan =
        api.data(
                "query ($id: UUID!) { planRunbook(input: {runbookId: $id, inputs: {service:"
                    + " \"api\"}}) { runbookVersion inputs steps { key runs unknown message request"
                    + " { method url headers { name } body } } } }",
                "{\"id\":\"" + runbook + "\"}")
            .get("planRunbook");
    assertThat(plan.at("/steps/0/request/url").asString())
        .isEqualTo("https://deploy.example.com/api");
    assertThat(plan.at("/steps/1/runs").asBoolean()).isFalse();
    assertThat(plan.at("/steps/2/unknown").isString()).isTrue();
    assertThat(plan.at("/inputs/hard").asBoolean()).isFalse();
    assertThat(api.get("/api/v1/runbooks/" + runbook + "/executions").at("executions")).isEmpty();
  }
}
