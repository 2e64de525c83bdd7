package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Definitions saved by a newer version of the service, as found after a rollback. */
@ExtendWith(RunningService.class)
class NewerDefinitionTest {

  private static final String PATH = "/api/v1/runbooks";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private String newer = "";
  private String known = "";

  NewerDefinitionTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  @BeforeEach
  void create() {
    String attach =
        ",\"attach\":{\"condition\":\"incident.severity == 'critical'\",\"mode\":\"%s\"}";
    known = create("Known", attach.formatted("suggest"));
    newer = create("Newer", attach.formatted("start"));
    saveVersion(
        newer,
        """
        {"inputs": [{"name": "host", "type": "hostname", "required": true, "values": []}],
         "steps": [{"key": "ask", "title": "Ask", "kind": "chat", "after": [], "on_failure": "pause",
                    "effect": "idempotent", "chat": {"channel": "ops"}},
                   {"key": "look", "title": "Look", "kind": "manual", "after": ["ask"],
                    "on_failure": "stop", "effect": "idempotent"}],
         "attach": {"condition": "incident.severity == 'critical'", "mode": "start", "delay_seconds": 5},
         "owner": "team"}
        """);
  }

  private String create(String name, String more) {
    return api.post(
            PATH,
            "{\"name\":\"%s\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]%s}"
                .formatted(name, more))
        .expect(201)
        .text("id");
  }

  /** Saves a version as another version of the service would. */
  private void saveVersion(String runbook, String definition) {
    new DirectDatabase(service.databaseUrl())
        .execute(
            """
            with runbook as (
              update np_runbooks set version = version + 1 where id = '%s' returning *
            )
            insert into np_runbook_versions (source_account_id, runbook_id, version, name, definition, created_by)
            select source_account_id, id, version, name, '%s', created_by from runbook
            """
                .formatted(runbook, definition.replace("'", "''")));
  }

  @Test
  void theyAreListedAndReadTogetherWithOtherRunbooks() {
    assertThat(api.get(PATH).expect(200).at("runbooks").findValuesAsString("name"))
        .contains("Known", "Newer");
    Response read = api.get(PATH + "/" + newer).expect(200);
    assertThat(read.at("steps").findValuesAsString("title")).containsExactly("Ask", "Look");
    assertThat(api.get(PATH + "/" + newer + "/versions").expect(200).at("versions")).hasSize(2);
    JsonNode page =
        api.data(
            """
            { runbooks { nodes { name inputs { name type } steps { title kind onFailure }
              attach { condition mode } versions { version } } } }
            """);
    assertThat(page.at("/runbooks/nodes")).hasSize(2);
    assertThat(api.header("Accept", "application/yaml").get(PATH + "/" + newer).expect(200).text())
        .startsWith("# Incomplete: ")
        .contains("steps[0].chat");
  }

  @Test
  void theyCannotBeStartedPlannedOrChanged() {
    Map<String, String> before = AccountRows.of(service, account);
    String path = PATH + "/" + newer;
    for (Response refused :
        List.of(
            api.post(path + "/executions", "{\"inputs\":{\"host\":\"a\"}}"),
            api.post(path + "/plan", "{\"inputs\":{\"host\":\"a\"}}"),
            api.patch(path, "{\"name\":\"Other\"}"))) {
      assertThat(refused.expect(409).text("code")).isEqualTo("conflict");
      assertThat(refused.text("detail"))
          .contains("newer version of the service")
          .contains("inputs[0].type", "steps[0].kind", "steps[0].chat", "attach.delay_seconds")
          .contains("owner");
    }
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
    api.delete(path).expect(200);
  }

  @Test
  void triggersAreEvaluatedAndTheyAreSuggestedInsteadOfStarted() {
    String incident = api.open("It is critical");
    api.patch("/api/v1/incidents/" + incident, "{\"severity\":\"critical\"}").expect(200);
    Eventually.until(
        Duration.ofSeconds(10),
        "both suggestions",
        () ->
            timeline(incident).findValuesAsString("kind").stream()
                    .filter("runbook_suggested"::equals)
                    .count()
                == 2);
    assertThat(timeline(incident).toString())
        .contains(known, newer, "newer version of the service");
    assertThat(api.get(PATH + "/" + newer + "/executions").at("executions")).isEmpty();
  }

  private JsonNode timeline(String incident) {
    return api.get("/api/v1/incidents/" + incident + "/timeline").expect(200).body();
  }

  @Test
  void anUnknownMemberThatIsNullIsIgnored() {
    saveVersion(
        known,
        """
        {"inputs": [], "steps": [{"key": "look", "title": "Look", "kind": "manual", "after": [],
          "on_failure": "stop", "effect": "idempotent", "chat": null}], "attach": null, "owner": null}
        """);
    api.post(PATH + "/" + known + "/executions", "{}").expect(201);
    api.patch(PATH + "/" + known, "{\"name\":\"Other\"}").expect(200);
  }

  @Test
  void aDefinitionOfAnotherStructureIsListed() {
    saveVersion(known, "{\"inputs\": {\"host\": 1}, \"steps\": [7], \"attach\": [1e500]}");
    saveVersion(newer, "{\"steps\": " + "[".repeat(100) + "]".repeat(100) + "}");
    assertThat(api.get(PATH).expect(200).at("runbooks")).hasSize(2);
    api.post(PATH + "/" + known + "/executions", "{}").expect(409);
    api.post(PATH + "/" + newer + "/executions", "{}").expect(409);
  }
}
