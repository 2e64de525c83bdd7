package org.nself.incidents.incident.milestone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class MilestoneTest {

  private static final String OPENED = "2026-03-01T09:00:00Z";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;

  MilestoneTest(Service service) {
    this.service = service;
    this.api = service.as(account, "user");
    this.incident =
        "/api/v1/incidents/"
            + api.post("/api/v1/incidents", "{\"title\":\"x\",\"opened_at\":\"" + OPENED + "\"}")
                .expect(201)
                .text("id");
  }

  private static Response put(Api api, String incident, String kind, String at) {
    return api.send(
        "PUT",
        incident + "/milestones/" + kind,
        "{\"occurred_at\":\"%s\",\"reason\":\"By the logs\"}"
            .formatted(at)
            .getBytes(StandardCharsets.UTF_8),
        "application/json");
  }

  private Response put(String kind, String at) {
    return put(api, incident, kind, at);
  }

  private List<String> kinds() {
    List<String> kinds = new ArrayList<>();
    api.get(incident + "/milestones")
        .expect(200)
        .at("milestones")
        .forEach(milestone -> kinds.add(milestone.get("kind").asString()));
    return kinds;
  }

  @Test
  void aCorrectionIsAnEventWithTheTimeBefore() {
    Response set = put("started", "2026-03-01T08:50:00Z").expect(200);
    assertThat(set.text("occurred_at")).isEqualTo("2026-03-01T08:50:00.000000Z");
    assertThat(set.text("source")).isEqualTo("person");
    assertThat(set.text("actor")).isEqualTo("user@" + account);
    assertThat(set.text("reason")).isEqualTo("By the logs");
    JsonNode event = api.get(incident + "/timeline").expect(200).at("timeline/1");
    assertThat(event.get("kind").asString()).isEqualTo("milestone_set");
    assertThat(event.get("message").asString()).isEqualTo("By the logs");
    assertThat(event.at("/data/milestone").asString()).isEqualTo("started");
    assertThat(event.at("/data/from").asString()).isEqualTo("2026-03-01T09:00:00.000000Z");
    assertThat(event.at("/data/to").asString()).isEqualTo("2026-03-01T08:50:00.000000Z");
    assertThat(api.get(incident).at("opened_at").asString())
        .as("what was said when it was opened stays")
        .isEqualTo("2026-03-01T09:00:00.000000Z");
  }

  @Test
  void settingTheSameTimeAgainChangesNothing() {
    put("detected", "2026-03-01T09:10:00Z").expect(200);
    Map<String, String> before = AccountRows.of(service, account);
    put("detected", "2026-03-01T09:10:00Z").expect(200);
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aRepeatUnderAnIdempotencyKeyChangesNothing() {
    Api keyed = api.header("Idempotency-Key", "k");
    put(keyed, incident, "detected", "2026-03-01T09:10:00Z").expect(200);
    put("detected", "2026-03-01T09:20:00Z").expect(200);
    assertThat(
            put(keyed, incident, "detected", "2026-03-01T09:10:00Z")
                .expect(200)
                .text("occurred_at"))
        .isEqualTo("2026-03-01T09:20:00.000000Z");
    assertThat(put(keyed, incident, "detected", "2026-03-01T09:30:00Z").expect(422).text("code"))
        .isEqualTo("idempotency_mismatch");
  }

  @Test
  void startedIsTheEarliestMilestone() {
    put("acknowledged", "2026-03-01T08:59:59Z").expect(409);
    put("acknowledged", "2026-03-01T09:00:00Z").expect(200);
    assertThat(put("started", "2026-03-01T09:00:01Z").expect(409).text("detail"))
        .contains("acknowledged", "2026-03-01T09:00:00.000000Z");
    put("started", "2026-03-01T09:00:00Z").expect(200);
  }

  @Test
  void declaredAndWhatLiesInTheFutureAreRefused() {
    assertThat(put("declared", OPENED).expect(422).text("errors/0/field")).isEqualTo("kind");
    assertThat(put("detected", "2100-01-01T00:00:00Z").expect(422).text("errors/0/field"))
        .isEqualTo("occurred_at");
    put("finished", OPENED).expect(404);
    assertThat(
            api.error(
                    "mutation ($input: SetMilestoneInput!) { setMilestone(input: $input) { id } }",
                    "{\"input\":{\"incidentId\":\"%s\",\"kind\":\"DECLARED\",\"occurredAt\":\"%s\",\"reason\":\"r\"}}"
                        .formatted(incident.replaceFirst(".*/", ""), OPENED))
                .at("/extensions/code")
                .asString())
        .isEqualTo("invalid");
  }

  @Test
  void resolvedCanBeCorrectedOnlyWhileTheIncidentIsResolved() {
    put("resolved", "2026-03-01T10:00:00Z").expect(409);
    api.patch(incident, "{\"status\":\"resolved\"}").expect(200);
    put("resolved", "2026-03-01T10:00:00Z").expect(200);
    api.patch(incident, "{\"status\":\"open\"}").expect(200);
    put("resolved", "2026-03-01T10:00:00Z").expect(409);
    api.patch(incident, "{\"status\":\"resolved\"}").expect(200);
    assertThat(put("resolved", "2026-03-01T10:00:00Z").expect(409).text("detail"))
        .contains("reopening");
  }

  @Test
  void aReopeningKeepsTheAcknowledgementAndWhatPeopleSaidAboutTheMitigation() {
    api.patch(incident, "{\"status\":\"acknowledged\"}").expect(200);
    api.patch(incident, "{\"status\":\"resolved\"}").expect(200);
    assertThat(kinds())
        .containsExactly(
            "started", "detected", "declared", "acknowledged", "mitigated", "resolved");
    api.patch(incident, "{\"status\":\"open\"}").expect(200);
    assertThat(kinds()).containsExactly("started", "detected", "declared", "acknowledged");
    put("mitigated", "2026-03-01T09:40:00Z").expect(200);
    api.patch(incident, "{\"status\":\"resolved\"}").expect(200);
    api.patch(incident, "{\"status\":\"open\"}").expect(200);
    assertThat(kinds())
        .containsExactly("started", "detected", "declared", "acknowledged", "mitigated");
  }

  @Test
  void conditionsOfRunbooksReadMilestones() {
    String runbook =
        service
            .as(account, "admin")
            .post(
                "/api/v1/runbooks",
                """
                {"name":"R","steps":[
                  {"title":"a","kind":"note","note":{"message":"${incident.milestones.started}"},
                   "when":"timestamp(incident.milestones.started) == timestamp('%s') && incident.milestones.resolved == null"}]}
                """
                    .formatted(OPENED))
            .expect(201)
            .text("id");
    JsonNode step =
        api.post(
                "/api/v1/runbooks/" + runbook + "/plan",
                "{\"incident_id\":\"" + incident.replaceFirst(".*/", "") + "\"}")
            .expect(200)
            .at("steps/0");
    assertThat(step.get("runs").asBoolean()).as(step.toString()).isTrue();
    assertThat(step.get("message").asString()).isEqualTo("2026-03-01T09:00:00.000000Z");
  }
}
