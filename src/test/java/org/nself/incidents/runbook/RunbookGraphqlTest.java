package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class RunbookGraphqlTest {

  private static final String DEFINITION =
      """
      fragment Definition on Runbook {
        id key name description version archivedAt createdBy
        inputs { name type required default values description }
        steps {
          key title instructions kind after when timeoutSeconds onFailure effect
          retry { maxAttempts backoffSeconds maxBackoffSeconds }
          approval { approvers quorum notRequester }
          http { method url headers { name value } body expectStatus outputPath }
          wait { seconds until }
          incident { status severity owner labels }
          note { message }
          runbook { runbookId inputs }
        }
        attach { condition mode }
      }
      """;

  private final Api api;

  RunbookGraphqlTest(Service service) {
    this.api = service.admin();
  }

  @Test
  void aRunbookCreatedInGraphQlIsReadTheSameInRest() {
    JsonNode created =
        api.data(
                """
                mutation($default: JSON) { createRunbook(input: {
                  key: "fail-over", name: "Fail over"
                  inputs: [{name: "lag", type: INT, default: 5}, {name: "mode", type: ENUM, values: ["soft", "hard"], default: $default}]
                  steps: [
                    {key: "ask", title: "Ask", kind: APPROVAL, approval: {approvers: [ADMIN], quorum: 1, notRequester: true}}
                    {key: "call", title: "Call", kind: HTTP, effect: IDEMPOTENT, retry: {maxAttempts: 2}
                     http: {method: PUT, url: "https://db.example.com", headers: [{name: "X-Lag", value: "${inputs.lag}"}], expectStatus: [204]}}
                    {key: "settle", title: "Settle", kind: WAIT, after: ["call"], wait: {until: "incident.status == 'resolved'"}}
                    {key: "mark", title: "Mark", kind: INCIDENT, incident: {status: MITIGATING, severity: HIGH, labels: {failed: "over"}}}
                    {key: "tell", title: "Tell", kind: NOTE, onFailure: CONTINUE, note: {message: "Done"}}
                  ]
                  attach: {condition: "'db' in incident.services", mode: START}
                }) { ...Definition } }
                """
                    + DEFINITION,
                "{\"default\":\"soft\"}")
            .get("createRunbook");
    assertThat(created.at("/steps/1/http/headers/0/value").asString()).isEqualTo("${inputs.lag}");
    assertThat(created.at("/steps/3/incident/severity").asString()).isEqualTo("HIGH");
    assertThat(created.at("/steps/3/http").isNull()).isTrue();
    assertThat(created.at("/inputs/0/default").asInt()).isEqualTo(5);
    JsonNode rest = api.get("/api/v1/runbooks/" + created.get("id").asString()).expect(200).body();
    assertThat(rest.at("/steps/1/http/headers/X-Lag").asString()).isEqualTo("${inputs.lag}");
    assertThat(rest.at("/steps/3/incident/status").asString()).isEqualTo("mitigating");
    assertThat(rest.at("/inputs/0/default")).isEqualTo(created.at("/inputs/0/default"));
    assertThat(rest.at("/attach/mode").asString()).isEqualTo("start");
    JsonNode read =
        api.data(
                "query($id: UUID) { runbook(id: $id) { ...Definition } }" + DEFINITION,
                "{\"id\":\"" + created.get("id").asString() + "\"}")
            .get("runbook");
    assertThat(read).isEqualTo(created);
  }

  @Test
  void updateKeepsNullFieldsAndClearsNamedFields() {
    String id = api.post("/api/v1/runbooks", RunbookControllerTest.ROLLBACK).expect(201).text("id");
    JsonNode updated =
        api.data(
                """
                mutation($id: UUID!, $name: String = null) { updateRunbook(input: {id: $id, name: $name, expectedVersion: 1, clear: [KEY, ATTACH, INPUTS], steps: [{title: "Look", kind: MANUAL}]}) {
                  ...Definition versions(first: 5) { version name attach { mode } inputs { name } createdBy } } }
                """
                    + DEFINITION,
                "{\"id\":\"" + id + "\",\"name\":null}")
            .get("updateRunbook");
    assertThat(updated.get("key").isNull()).isTrue();
    assertThat(updated.get("name").asString()).isEqualTo("Roll a service back");
    assertThat(updated.get("version").asInt()).isEqualTo(2);
    assertThat(updated.at("/versions/0/inputs").size()).isZero();
    assertThat(updated.at("/versions/1/inputs").size()).isEqualTo(4);
    assertThat(updated.at("/versions/1/attach/mode").asString()).isEqualTo("SUGGEST");
    JsonNode refused =
        api.error(
            "mutation($id: UUID!) { updateRunbook(input: {id: $id, expectedVersion: 1, name:"
                + " \"B\"}) { id } }",
            "{\"id\":\"" + id + "\"}");
    assertThat(refused.at("/extensions/code").asString()).isEqualTo("precondition_failed");
  }

  @Test
  void theListHasCursorsAndACountAndANullIdReturnsNull() {
    for (String name : java.util.List.of("One", "Two", "Three")) {
      api.post(
              "/api/v1/runbooks",
              "{\"name\":\"%s\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]}"
                  .formatted(name))
          .expect(201);
    }
    JsonNode page =
        api.data(
            "{ runbooks(first: 2) { totalCount edges { cursor node { name } } pageInfo {"
                + " hasNextPage endCursor } } runbook(id: null) { id } }");
    assertThat(page.at("/runbooks/totalCount").asInt()).isEqualTo(3);
    assertThat(page.at("/runbooks/pageInfo/hasNextPage").asBoolean()).isTrue();
    assertThat(page.get("runbook").isNull()).isTrue();
    JsonNode next =
        api.data(
            "query($after: String) { runbooks(first: 2, after: $after) { nodes { name } pageInfo {"
                + " hasNextPage } } }",
            "{\"after\":\"" + page.at("/runbooks/pageInfo/endCursor").asString() + "\"}");
    assertThat(next.at("/runbooks/nodes").toString()).isEqualTo("[{\"name\":\"Two\"}]");
    assertThat(
            api.data("{ runbooks(filter: {key: []}) { totalCount } }")
                .at("/runbooks/totalCount")
                .asInt())
        .isZero();
  }
}
