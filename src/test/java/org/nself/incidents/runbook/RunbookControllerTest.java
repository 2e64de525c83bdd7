package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class RunbookControllerTest {

  private static final String PATH = "/api/v1/runbooks";

  /** One step of every kind except runbook, with every field. */
  static final String ROLLBACK =
      """
      {
        "key": "roll-back", "name": "Roll a service back", "description": "When a release broke it.",
        "inputs": [
          {"name": "service", "required": true, "description": "Which one"},
          {"name": "steps_back", "type": "int", "default": 1},
          {"name": "notify", "type": "boolean", "default": true},
          {"name": "region", "type": "enum", "values": ["eu", "us"], "default": "eu"}
        ],
        "steps": [
          {"title": "Look at the dashboards", "kind": "manual", "instructions": "All of *them*."},
          {"key": "approve", "title": "Approve", "kind": "approval", "after": [],
           "approval": {"approvers": ["responder", "admin"], "quorum": 2, "not_requester": true}},
          {"key": "roll_back", "title": "Roll back", "kind": "http", "effect": "unsafe", "timeout_seconds": 30,
           "after": ["approve", "look_at_the_dashboards"], "when": "incident.severity == 'critical'",
           "retry": {"max_attempts": 3, "backoff_seconds": 2},
           "http": {"method": "POST", "url": "https://deploy.example.com/${inputs.service}",
             "headers": {"Authorization": "Bearer ${secret(\\"DEPLOY\\")}", "Content-Type": "application/json"},
             "body": "{\\"back\\": ${inputs.steps_back}}", "expect_status": [200, 202], "output_path": "/release/id"}},
          {"title": "Let it settle", "kind": "wait", "wait": {"seconds": 60}},
          {"title": "Lower the severity", "kind": "incident", "incident": {"severity": "low", "labels": {"rolled": "back"}}},
          {"title": "Say so", "kind": "note", "on_failure": "continue", "note": {"message": "Rolled back ${inputs.service}"}}
        ],
        "attach": {"condition": "'deploy' in incident.labels", "mode": "suggest"}
      }
      """;

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  RunbookControllerTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  private static String named(String name) {
    return "{\"name\":\"%s\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]}".formatted(name);
  }

  @Test
  void aRunbookIsReadAsCreatedAndCanBeCreatedFromWhatIsRead() {
    Response created = api.post(PATH, ROLLBACK).expect(201);
    assertThat(created.header("ETag")).isEqualTo("\"1\"");
    assertThat(created.header("Location")).isEqualTo(PATH + "/" + created.text("id"));
    Response read = api.get(PATH + "/" + created.text("id")).expect(200);
    assertThat(read.body()).isEqualTo(created.body());
    assertThat(read.text("created_by")).isEqualTo("admin@" + account);
    assertThat(read.at("steps"))
        .extracting(step -> step.get("kind").asString())
        .containsExactly("manual", "approval", "http", "wait", "incident", "note");
    assertThat(read.at("steps/2/after").toString())
        .isEqualTo("[\"approve\",\"look_at_the_dashboards\"]");
    assertThat(read.text("steps/2/http/headers/Authorization"))
        .isEqualTo("Bearer ${secret(\"DEPLOY\")}");
    assertThat(read.at("inputs/1/default").asInt()).isEqualTo(1);

    Map<String, JsonNode> definition = new java.util.LinkedHashMap<>();
    for (String part : List.of("name", "description", "inputs", "steps", "attach")) {
      definition.put(part, read.at(part));
    }
    Response again =
        api.post(PATH, new tools.jackson.databind.json.JsonMapper().writeValueAsString(definition))
            .expect(201);
    definition.forEach((part, value) -> assertThat(again.at(part)).as(part).isEqualTo(value));
  }

  @Test
  void absentFieldsGetTheirDefaults() {
    Response created =
        api.post(
                PATH,
                """
                {"name":"Defaults","inputs":[{"name":"url"}],"steps":[
                  {"title":"Look around!","kind":"manual"},
                  {"title":"Look around?","kind":"approval"},
                  {"title":"1. Ask","kind":"http","http":{"method":"get","url":"https://example.com"}},
                  {"title":"Tell","kind":"http","http":{"method":"post","url":"${inputs.url}"}},
                  {"title":"???","kind":"manual"}]}
                """)
            .expect(201);
    assertThat(created.at("steps"))
        .extracting(step -> step.get("key").asString())
        .containsExactly("look_around", "look_around_2", "ask", "tell", "step");
    assertThat(created.at("steps"))
        .extracting(step -> step.get("after").toString())
        .containsExactly(
            "[]", "[\"look_around\"]", "[\"look_around_2\"]", "[\"ask\"]", "[\"tell\"]");
    assertThat(created.at("steps"))
        .extracting(step -> step.get("effect").asString())
        .containsExactly("idempotent", "idempotent", "idempotent", "unsafe", "idempotent");
    assertThat(created.at("steps/1/approval").toString())
        .isEqualTo(
            "{\"approvers\":[\"user\",\"responder\",\"admin\"],\"quorum\":1,\"not_requester\":false}");
    assertThat(created.text("steps/0/on_failure")).isEqualTo("stop");
    assertThat(created.at("attach").isNull()).isTrue();
  }

  @Test
  void anUpdateMakesAVersionAndKeepsTheOldOnes() {
    String path = PATH + "/" + api.post(PATH, ROLLBACK).expect(201).text("id");
    Response changed =
        api.patch(path, "{\"name\":\"Roll back\",\"description\":null,\"attach\":null}")
            .expect(200);
    assertThat(changed.at("version").asInt()).isEqualTo(2);
    assertThat(changed.text("name")).isEqualTo("Roll back");
    assertThat(changed.at("description").isNull()).isTrue();
    assertThat(changed.at("steps").size()).as("steps, which were not named").isEqualTo(6);
    assertThat(api.patch(path, "{\"name\":\"Roll back\"}").expect(200).at("version").asInt())
        .as("the version after a change to what it is already")
        .isEqualTo(2);
    Response versions = api.get(path + "/versions?limit=1").expect(200);
    assertThat(versions.text("versions/0/name")).isEqualTo("Roll back");
    Response older = api.get(path + "/versions?before=" + versions.text("next_before")).expect(200);
    assertThat(older.text("versions/0/name")).isEqualTo("Roll a service back");
    assertThat(older.text("versions/0/attach/mode")).isEqualTo("suggest");
    assertThat(older.at("next_before").isNull()).isTrue();
  }

  @Test
  void anUpdateOfAnOutdatedVersionIsRejected() {
    Response created = api.post(PATH, named("First")).expect(201);
    String path = PATH + "/" + created.text("id");
    Api careful = api.header("If-Match", String.valueOf(created.header("ETag")));
    careful.patch(path, "{\"name\":\"Second\"}").expect(200);
    assertThat(careful.patch(path, "{\"name\":\"Third\"}").expect(412).text("code"))
        .isEqualTo("precondition_failed");
    careful.delete(path).expect(412);
    assertThat(api.get(path).text("name")).isEqualTo("Second");
  }

  @Test
  void anArchivedRunbookCanBeReadButNotChangedAndItsKeyIsFree() {
    String path = PATH + "/" + api.post(PATH, ROLLBACK).expect(201).text("id");
    Response archived = api.delete(path).expect(200);
    assertThat(archived.at("archived_at").isNull()).isFalse();
    assertThat(api.delete(path).expect(200).text("archived_at"))
        .isEqualTo(archived.text("archived_at"));
    assertThat(api.get(path).expect(200).body()).isEqualTo(archived.body());
    assertThat(api.patch(path, "{\"name\":\"Other\"}").expect(409).text("code"))
        .isEqualTo("conflict");
    assertThat(api.get(PATH).at("runbooks").size()).isZero();
    assertThat(api.get(PATH + "?archived=true").at("runbooks").size()).isEqualTo(1);
    api.post(PATH, ROLLBACK).expect(201);
    assertThat(api.post(PATH, ROLLBACK).expect(409).text("detail")).contains("roll-back");
  }

  @Test
  void theListIsOrderedByNameAndPaged() {
    for (String name : List.of("Delta", "Alpha", "Charlie", "Bravo", "Alpha")) {
      api.post(PATH, named(name)).expect(201);
    }
    List<String> names = new ArrayList<>();
    String cursor = "";
    do {
      Response page = api.get(PATH + "?limit=2" + cursor).expect(200);
      page.at("runbooks").forEach(runbook -> names.add(runbook.get("name").asString()));
      cursor = page.at("next_cursor").isNull() ? "" : "&cursor=" + page.text("next_cursor");
    } while (!cursor.isEmpty());
    assertThat(names).containsExactly("Alpha", "Alpha", "Bravo", "Charlie", "Delta");
    assertThat(api.get(PATH + "?q=ALPH").at("runbooks").size()).isEqualTo(2);
    assertThat(api.get(PATH + "?key=none").at("runbooks").size()).isZero();
    assertThat(api.get(PATH + "?cursor=abc").expect(400).text("errors/0/field"))
        .isEqualTo("cursor");
  }

  @Test
  void anIdempotencyKeyCreatesOnceAndRejectsAnotherRequest() {
    Api once = api.header("Idempotency-Key", "write-1");
    String id = once.post(PATH, named("Once")).expect(201).text("id");
    assertThat(once.post(PATH, named("Once")).expect(201).text("id")).isEqualTo(id);
    assertThat(once.post(PATH, named("Twice")).expect(422).text("code"))
        .isEqualTo("idempotency_mismatch");
    assertThat(api.get(PATH).at("runbooks").size()).isEqualTo(1);
  }

  @Test
  void aStepCanExecuteOnlyAnUnarchivedRunbookOfItsAccount() {
    String callee = api.post(PATH, named("Callee")).expect(201).text("id");
    String call =
        "{\"name\":\"Caller\",\"steps\":[{\"title\":\"Run\",\"kind\":\"runbook\",\"runbook\":{\"runbook_id\":\"%s\",\"inputs\":{\"n\":1,\"s\":\"${incident.title}\"}}}]}"
            .formatted(callee);
    Response caller = api.post(PATH, call).expect(201);
    assertThat(caller.text("steps/0/runbook/runbook_id")).isEqualTo(callee);
    String path = PATH + "/" + caller.text("id");
    assertThat(api.patch(path, call.replace(callee, caller.text("id"))).expect(422).text("detail"))
        .contains("runs the runbook that it belongs to");
    Response foreign = service.admin().post(PATH, call).expect(422);
    assertThat(foreign.text("errors/0/field")).isEqualTo("steps");
    assertThat(foreign.text("detail")).contains("'run'").contains("does not exist");
    api.delete(PATH + "/" + callee).expect(200);
    api.post(PATH, call).expect(422);
  }

  @Test
  void onlyAnAdminCanCreateUpdateAndArchive() {
    String path = PATH + "/" + api.post(PATH, named("Guarded")).expect(201).text("id");
    Map<String, String> before = AccountRows.of(service, account);
    for (String role : List.of("viewer", "user", "responder")) {
      Api other = service.as(account, role);
      other.get(path).expect(200);
      other.post(PATH, named("Mine")).expect(403);
      other.patch(path, "{\"name\":\"Mine\"}").expect(403);
      other.delete(path).expect(403);
    }
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void thePermissionIsCheckedBeforeTheRequestIsRead() {
    String path = PATH + "/" + api.post(PATH, named("Guarded")).expect(201).text("id");
    Map<String, String> before = AccountRows.of(service, account);
    for (String role : List.of("viewer", "user", "responder")) {
      Api other = service.as(account, role);
      for (String body : List.of("", "{", "[]", "{}", "{\"name\":1,\"steps\":[{}]}")) {
        assertForbidden(other.post(PATH, body));
        assertForbidden(other.patch(path, body));
        assertForbidden(other.patch(PATH + "/none", body));
        assertForbidden(
            other.send("POST", PATH, body.getBytes(StandardCharsets.UTF_8), "application/yaml"));
      }
      assertForbidden(other.delete(path + "?unknown=1"));
      assertForbidden(other.header("If-Match", "\"7\"").delete(path));
      assertForbidden(other.header("Idempotency-Key", "").post(PATH, "{}"));
      for (String mutation :
          List.of(
              "createRunbook(input: {name: \"\", steps: []})",
              "updateRunbook(input: {id: \"%s\", name: \"\"})".formatted(UUID.randomUUID()),
              "archiveRunbook(input: {id: \"%s\", expectedVersion: 0})"
                  .formatted(UUID.randomUUID()))) {
        assertThat(
                other
                    .error("mutation { " + mutation + " { id } }", "{}")
                    .at("/extensions/code")
                    .asString())
            .as(mutation)
            .isEqualTo("forbidden");
      }
    }
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
    api.post(PATH, "").expect(400);
    api.patch(path, "{").expect(400);
  }

  private static void assertForbidden(Response response) {
    assertThat(response.expect(403).text("code")).isEqualTo("forbidden");
  }
}
