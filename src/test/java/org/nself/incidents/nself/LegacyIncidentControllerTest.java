package org.nself.incidents.nself;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class LegacyIncidentControllerTest {

  private final Api api;

  LegacyIncidentControllerTest(Service service) {
    this.api = service.admin();
  }

  private String open(String title) {
    return api.post("/incidents/", "{\"title\":\"" + title + "\"}").expect(201).text("id");
  }

  private static List<String> titles(Response list) {
    return list.expect(200)
        .at("incidents")
        .valueStream()
        .map(i -> i.get("title").asString())
        .toList();
  }

  @Test
  void anOpenedIncidentIsReturnedBareInBothSpellings() {
    Response opened =
        api.post(
                "/incidents/",
                "{\"title\":\"Checkout is"
                    + " down\",\"description\":\"5xx\",\"severity\":\"critical\"}")
            .expect(201);
    assertThat(opened.header("Location")).isEqualTo("/incidents/" + opened.text("id"));
    assertThat(opened.text("description")).isEqualTo("5xx");
    assertThat(opened.text("severity")).isEqualTo("critical");
    assertThat(opened.text("state")).isEqualTo("open");
    assertThat(opened.text("status")).isEqualTo("open");
    for (String[] spellings :
        new String[][] {
          {"sentry_status", "sentryStatus"},
          {"created_at", "createdAt"},
          {"acknowledged_at", "acknowledgedAt"},
          {"resolved_at", "resolvedAt"},
          {"updated_at", "updatedAt"},
          {"affected_components", "affectedComponents"}
        }) {
      assertThat(opened.body().has(spellings[0])).as(spellings[0]).isTrue();
      assertThat(opened.at(spellings[0])).isEqualTo(opened.at(spellings[1]));
    }
    assertThat(opened.text("sentryStatus")).isEqualTo("major_outage");
    assertThat(opened.at("acknowledged_at").isNull()).isTrue();
    for (String list : List.of("assignees", "affectedComponents", "timeline")) {
      assertThat(opened.at(list).isArray()).as(list).isTrue();
    }
    JsonNode first = opened.at("timeline/0");
    assertThat(first.propertyNames())
        .containsExactlyInAnyOrder(
            "id", "kind", "type", "message", "actor", "author", "occurred_at", "at");
    assertThat(first.get("type").asString()).isEqualTo("opened");
    assertThat(first.get("at")).isEqualTo(first.get("occurred_at"));
  }

  @Test
  void aTrailingSlashIsAccepted() {
    for (String slash : List.of("", "/")) {
      String id = open("Either");
      assertThat(titles(api.get("/incidents" + slash))).contains("Either");
      assertThat(api.get("/incidents/" + id + slash).expect(200).text("title")).isEqualTo("Either");
      api.patch("/incidents/" + id + slash, "{\"severity\":\"low\"}").expect(200);
      api.send("POST", "/incidents/" + id + "/acknowledge" + slash, null, null).expect(200);
      api.send("POST", "/incidents/" + id + "/ack" + slash, null, null).expect(200);
      api.send("POST", "/incidents/" + id + "/resolve" + slash, null, null).expect(200);
    }
  }

  @Test
  void theIncidentIsVisibleInTheDocumentedApi() {
    String id = open("One");
    api.patch(
            "/api/v1/incidents/" + id,
            "{\"owner\":\"ana\",\"services\":[\"db\"],\"summary\":\"S\"}")
        .expect(200);
    Response shown = api.get("/incidents/" + id).expect(200);
    assertThat(shown.at("assignees").toString()).isEqualTo("[\"ana\"]");
    assertThat(shown.at("affectedComponents").toString()).isEqualTo("[\"db\"]");
    assertThat(shown.text("description")).isEqualTo("S");
    assertThat(shown.text("createdAt"))
        .isEqualTo(api.get("/api/v1/incidents/" + id).text("opened_at"));
  }

  @Test
  void acknowledgingAgainChangesNothingAndKeepsMitigating() {
    String id = open("Taken");
    Response taken =
        api.post("/incidents/" + id + "/acknowledge", "{\"reason\":\"mine\"}").expect(200);
    assertThat(taken.text("state")).isEqualTo("acknowledged");
    assertThat(taken.text("status")).isEqualTo("investigating");
    assertThat(taken.at("acknowledged_at").isNull()).isFalse();
    assertThat(taken.at("timeline/1/message").asString()).isEqualTo("mine");
    assertThat(api.post("/incidents/" + id + "/ack", "{}").expect(200).body())
        .isEqualTo(taken.body());
    api.patch("/incidents/" + id, "{\"state\":\"mitigating\"}").expect(200);
    Response still = api.post("/incidents/" + id + "/acknowledge", "{}").expect(200);
    assertThat(still.text("state")).isEqualTo("mitigating");
    assertThat(still.text("status")).isEqualTo("investigating");
  }

  @Test
  void resolvingIsInTheTimelineInTheAdminPagesFormat() {
    String id = open("Over");
    Response resolved = api.send("POST", "/incidents/" + id + "/resolve", null, null).expect(200);
    assertThat(resolved.text("state")).isEqualTo("resolved");
    assertThat(resolved.text("status")).isEqualTo("resolved");
    assertThat(resolved.text("sentryStatus")).isEqualTo("operational");
    assertThat(resolved.at("timeline/1/type").asString()).isEqualTo("resolved");
    assertThat(resolved.at("timeline/1/message").asString())
        .isEqualTo("status changed to resolved");
    assertThat(api.post("/incidents/" + id + "/resolve", "{}").expect(200).body())
        .isEqualTo(resolved.body());
    Response conflict = api.post("/incidents/" + id + "/acknowledge", "{}").expect(409);
    assertThat(conflict.text("error")).contains("open, closed");
  }

  @Test
  void closedCancelledAndMergedAreShownAsResolvedAndStayUnchanged() {
    String closed = open("Closed");
    api.patch("/api/v1/incidents/" + closed, "{\"status\":\"resolved\"}").expect(200);
    api.patch("/api/v1/incidents/" + closed, "{\"status\":\"closed\"}").expect(200);
    String cancelled = open("Cancelled");
    api.patch("/api/v1/incidents/" + cancelled, "{\"status\":\"cancelled\"}").expect(200);
    String merged = open("Merged");
    api.post("/api/v1/incidents/" + merged + "/merge", "{\"into\":\"" + open("Into") + "\"}")
        .expect(200);
    for (String id : List.of(closed, cancelled, merged)) {
      Response shown = api.get("/incidents/" + id).expect(200);
      assertThat(shown.text("state")).isEqualTo("resolved");
      assertThat(shown.text("status")).isEqualTo("resolved");
      assertThat(shown.at("resolved_at").isNull()).isFalse();
      for (Response again :
          List.of(
              api.post("/incidents/" + id + "/resolve", "{}"),
              api.patch("/incidents/" + id, "{\"state\":\"resolved\"}"),
              api.patch("/incidents/" + id, "{\"status\":\"resolved\"}"))) {
        assertThat(again.expect(200).body()).isEqualTo(shown.body());
      }
    }
    assertThat(titles(api.get("/incidents/?state=resolved")))
        .containsExactlyInAnyOrder("Closed", "Cancelled", "Merged");
    assertThat(api.get("/api/v1/incidents/" + closed).text("status")).isEqualTo("closed");
  }

  @Test
  void theListIsFilteredByTheStatesOfBothClients() {
    open("New");
    String taken = open("Taken");
    api.post("/incidents/" + taken + "/ack", "{}").expect(200);
    String contained = open("Contained");
    api.patch("/incidents/" + contained, "{\"state\":\"mitigating\"}").expect(200);
    String over = open("Over");
    api.post("/incidents/" + over + "/resolve", "{}").expect(200);
    Map.of(
            "open", List.of("New"),
            "acknowledged", List.of("Taken"),
            "mitigating", List.of("Contained"),
            "investigating", List.of("Contained", "Taken"),
            "resolved", List.of("Over"),
            "open,resolved", List.of("Over", "New"))
        .forEach(
            (state, expected) ->
                assertThat(titles(api.get("/incidents?state=" + state)))
                    .as(state)
                    .containsExactlyElementsOf(expected));
    Response all = api.get("/incidents");
    assertThat(titles(all)).containsExactly("New", "Contained", "Taken", "Over");
    assertThat(all.text("generatedAt")).isEqualTo(all.text("generated_at")).startsWith("20");
    assertThat(api.get("/incidents?state=closed").expect(400).text("errors/0/field"))
        .isEqualTo("state");
    api.get("/incidents?stat=open").expect(400);
  }

  @Test
  void aPatchAcceptsTheStatesOfBothClients() {
    String id = open("Old");
    Response changed =
        api.patch(
                "/incidents/" + id,
                "{\"title\":\"New\",\"description\":\"D\",\"severity\":\"high\",\"state\":\"acknowledged\"}")
            .expect(200);
    assertThat(changed.text("title")).isEqualTo("New");
    assertThat(changed.text("sentryStatus")).isEqualTo("partial_outage");
    assertThat(changed.text("state")).isEqualTo("acknowledged");
    assertThat(
            api.patch("/incidents/" + id, "{\"description\":null}")
                .expect(200)
                .at("description")
                .isNull())
        .isTrue();
    assertThat(
            api.patch("/incidents/" + id, "{\"status\":\"investigating\"}")
                .expect(200)
                .text("state"))
        .isEqualTo("acknowledged");
    Response wrong =
        api.patch("/incidents/" + id, "{\"state\":\"gone\",\"owner\":\"x\"}").expect(422);
    assertThat(wrong.text("error")).contains("state", "owner");
    api.patch("/incidents/" + id, "{\"state\":\"open\",\"status\":\"open\"}").expect(422);
  }

  @Test
  void notFoundIsReportedInTheMemberThatTheClientsRead() {
    Response missing = api.get("/incidents/" + new java.util.UUID(0, 1) + "/").expect(404);
    assertThat(missing.text("error")).isEqualTo("Incident not found");
    api.get("/incidents/none").expect(404);
  }

  @Test
  void openingTwiceUnderOneKeyOpensOneIncident() {
    Api once = api.header("Idempotency-Key", "a key");
    assertThat(once.post("/incidents", "{\"title\":\"Once\"}").expect(201).text("id"))
        .isEqualTo(once.post("/incidents", "{\"title\":\"Once\"}").expect(201).text("id"));
  }

  /** The state after the first request must not make the second one a different request. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PATCH | | {\"state\":\"resolved\"} | resolved",
        "PATCH | | {\"status\":\"investigating\"} | acknowledged",
        "POST | /acknowledge | {} | acknowledged",
        "POST | /resolve | {\"reason\":\"Rolled back\"} | resolved",
      })
  void aRepeatUnderTheKeyIsTheSameRequestWhateverTheStateIsNow(
      String method, @Nullable String action, String body, String status) {
    String path = "/incidents/" + api.open("Keyed") + (action == null ? "" : action);
    Api keyed = api.header("Idempotency-Key", "legacy");
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    keyed.send(method, path, bytes, "application/json").expect(200);
    keyed.send(method, path, bytes, "application/json").expect(200);
    assertThat(api.get("/api/v1/incidents/1").text("status")).isEqualTo(status);
    String next = status.equals("resolved") ? "closed" : "mitigating";
    api.patch("/api/v1/incidents/1", "{\"status\":\"" + next + "\"}").expect(200);
    keyed.send(method, path, bytes, "application/json").expect(200);
    assertThat(api.get("/api/v1/incidents/1").text("status")).isEqualTo(next);
  }

  @Test
  void aRepetitionByTheGatewayCountsOnTheSameIncident() {
    String body = "{\"title\":\"Checkout is down\",\"severity\":\"high\"}";
    Response first = api.post("/incidents/", body).expect(201);
    assertThat(api.post("/incidents/", body).expect(201).text("id")).isEqualTo(first.text("id"));
    assertThat(api.get("/api/v1/incidents").expect(200).at("incidents").size()).isEqualTo(1);
    api.post("/incidents/" + first.text("id") + "/resolve", "{}").expect(200);
    assertThat(api.post("/incidents/", body).expect(201).text("id"))
        .as("a new one, once the first is resolved")
        .isNotEqualTo(first.text("id"));
  }
}
