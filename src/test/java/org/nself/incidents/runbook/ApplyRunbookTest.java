package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Runbooks that are kept as files and applied again and again. */
@ExtendWith(RunningService.class)
class ApplyRunbookTest {

  private static final String FILE =
      """
      name: Restart
      steps:
        - {title: Look, kind: manual}
      """;

  private final Api api;

  ApplyRunbookTest(Service service) {
    this.api = service.admin();
  }

  private Response put(String key, String yaml) {
    return api.send(
        "PUT",
        "/api/v1/runbooks/" + key,
        yaml.getBytes(StandardCharsets.UTF_8),
        "application/yaml");
  }

  @Test
  void aFileIsCreatedThenUnchangedThenUpdated() {
    Response created = put("restart", FILE).expect(201);
    assertThat(created.text("result")).isEqualTo("created");
    assertThat(created.text("runbook/key")).isEqualTo("restart");
    Response unchanged = put("restart", "key: restart\n" + FILE).expect(200);
    assertThat(unchanged.text("result")).isEqualTo("unchanged");
    assertThat(unchanged.at("runbook/version").asInt()).isEqualTo(1);
    Response updated = put("restart", FILE + "  - {title: Restart, kind: manual}\n").expect(200);
    assertThat(updated.text("result")).isEqualTo("updated");
    assertThat(updated.at("runbook/version").asInt()).isEqualTo(2);
    assertThat(updated.text("runbook/id")).isEqualTo(created.text("runbook/id"));
  }

  @Test
  void anArchivedRunbookReleasesItsKey() {
    String first = put("restart", FILE).expect(201).text("runbook/id");
    api.delete("/api/v1/runbooks/" + first).expect(200);
    assertThat(put("restart", FILE).expect(201).text("runbook/id")).isNotEqualTo(first);
    put(first, FILE).expect(409);
  }

  @Test
  void anotherKeyInTheBodyAndAPathThatIsNoKeyAreRefused() {
    assertThat(put("restart", "key: other\n" + FILE).expect(422).text("errors/0/field"))
        .isEqualTo("key");
    put("Not.A.Key", FILE).expect(404);
    put("restart", "name: Without steps\n").expect(422);
  }

  @Test
  void graphQlAppliesToo() {
    String mutation =
        "mutation { applyRunbook(input: {key: \"restart\", name: \"Restart\", steps: [{title:"
            + " \"Look\", kind: MANUAL}]}) { result runbook { version key } } }";
    JsonNode created = api.data(mutation, "{}").at("/applyRunbook");
    assertThat(created.get("result").asString()).isEqualTo("CREATED");
    assertThat(api.data(mutation, "{}").at("/applyRunbook/result").asString())
        .isEqualTo("UNCHANGED");
    assertThat(put("restart", FILE).expect(200).text("result"))
        .as("the same definition as YAML")
        .isEqualTo("unchanged");
  }
}
