package org.nself.incidents.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class NodeTest {

  private static final String NODE =
      """
      query ($id: ID!) {
        node(id: $id) {
          __typename nodeId
          ... on Incident { id title }
          ... on Runbook { id name }
          ... on RunbookExecution { id status }
        }
      }
      """;

  private final Service service;
  private final Api api;

  NodeTest(Service service) {
    this.service = service;
    this.api = service.admin();
  }

  private static JsonNode node(Api api, String id) {
    return api.data(NODE, "{\"id\":\"" + id + "\"}").at("/node");
  }

  @Test
  void everyTypeIsReadByItsGlobalId() {
    String incident = api.open("Known globally");
    String execution = Settled.waiting(api).execution();
    JsonNode ids =
        api.data(
            """
            query ($incident: UUID, $execution: UUID) {
              incident(id: $incident) { id nodeId }
              runbookExecution(id: $execution) { id nodeId }
              runbooks { nodes { id nodeId } }
            }
            """,
            "{\"incident\":\"%s\",\"execution\":\"%s\"}".formatted(incident, execution));
    for (String[] each :
        new String[][] {
          {"/incident", "Incident"},
          {"/runbookExecution", "RunbookExecution"},
          {"/runbooks/nodes/0", "Runbook"}
        }) {
      JsonNode known = ids.at(each[0]);
      JsonNode found = node(api, known.at("/nodeId").asString());
      assertThat(found.at("/__typename").asString()).isEqualTo(each[1]);
      assertThat(found.at("/id")).isEqualTo(known.at("/id"));
      assertThat(found.at("/nodeId")).isEqualTo(known.at("/nodeId"));
      assertThat(node(service.admin(), known.at("/nodeId").asString()).isNull())
          .as("%s of another account", each[1])
          .isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "%",
        "Incident",
        "Incident:x",
        "Incident:01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51",
        "Caller:01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51",
        ":01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51"
      })
  void whatIsNoGlobalIdFindsNothing(String id) {
    assertThat(node(api, id).isNull()).isTrue();
    String encoded = Base64.getUrlEncoder().encodeToString(id.getBytes(StandardCharsets.UTF_8));
    assertThat(node(api, encoded).isNull()).isTrue();
  }
}
