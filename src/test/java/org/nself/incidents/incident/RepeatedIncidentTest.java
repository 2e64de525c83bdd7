package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** What a repetition under a dedup_key does, and what is found by the key. */
@ExtendWith(RunningService.class)
class RepeatedIncidentTest {

  private static final String INCIDENTS = "/api/v1/incidents";

  private final Api api;

  RepeatedIncidentTest(Service service) {
    this.api = service.admin();
  }

  private Response open(String members) {
    return api.post(INCIDENTS, "{\"dedup_key\":\"disk\"," + members + "}");
  }

  private List<JsonNode> events(String id) {
    List<JsonNode> events = new ArrayList<>();
    api.get(INCIDENTS + "/" + id + "/timeline?limit=200")
        .expect(200)
        .at("timeline")
        .forEach(events::add);
    return events;
  }

  @Test
  void aRepetitionThatSaysMoreRaisesTheSeverityAndIsOnTheTimeline() {
    String id = open("\"title\":\"Disk 80 %\",\"severity\":\"low\"").expect(201).text("id");
    Response repeated =
        open("\"title\":\"Disk 100 %\",\"summary\":\"Writes fail\",\"severity\":\"critical\","
                + "\"labels\":{\"team\":\"db\"},\"services\":[\"pay\"]")
            .expect(200);
    assertThat(repeated.text("id")).isEqualTo(id);
    assertThat(repeated.text("severity")).isEqualTo("critical");
    assertThat(repeated.text("title")).as("what people may have edited").isEqualTo("Disk 80 %");
    assertThat(repeated.at("version").asInt()).as("version after an edit").isEqualTo(2);
    List<JsonNode> events = events(id);
    assertThat(events)
        .extracting(event -> event.get("kind").asString())
        .containsExactly("opened", "severity_changed", "repeated");
    assertThat(events.get(1).get("data").toString())
        .isEqualTo("{\"to\":\"critical\",\"from\":\"low\"}");
    assertThat(events.get(2).get("message").asString()).isEqualTo("Disk 100 %");
    assertThat(events.get(2).at("/data/occurrences").asInt()).isEqualTo(2);
    assertThat(events.get(2).at("/data/summary").asString()).isEqualTo("Writes fail");
    assertThat(events.get(2).at("/data/labels/team").asString()).isEqualTo("db");
    assertThat(events.get(2).at("/data/services/0").asString()).isEqualTo("pay");
    assertThat(events.get(2).at("/data").has("owner")).isFalse();
  }

  @Test
  void theSeverityNeverFallsAndIsNotRaisedByADefault() {
    open("\"title\":\"Disk\",\"severity\":\"low\"").expect(201);
    assertThat(open("\"title\":\"Disk\"").expect(200).text("severity")).isEqualTo("low");
    assertThat(open("\"title\":\"Disk\",\"severity\":\"info\"").expect(200).text("severity"))
        .isEqualTo("low");
  }

  @Test
  void repetitionsThatSayNothingNewAreCoalesced() {
    String id = open("\"title\":\"Disk\"").expect(201).text("id");
    for (int i = 2; i <= 20; i++) {
      open("\"title\":\"Disk\"").expect(200);
    }
    assertThat(events(id).stream().skip(1).map(event -> event.at("/data/occurrences").asInt()))
        .containsExactly(2, 4, 8, 16);
    assertThat(api.get(INCIDENTS + "/" + id).expect(200).at("version").asInt()).isEqualTo(1);
    open("\"title\":\"Disk full\"").expect(200);
    open("\"title\":\"Disk full\"").expect(200);
    assertThat(events(id)).as("the same news once").hasSize(6);
  }

  @Test
  void aTriggerIsEvaluatedAgainWhenARepetitionRaisesTheSeverity() {
    api.post(
            "/api/v1/runbooks",
            """
            {"name": "Raised", "steps": [{"title": "Look", "kind": "manual"}],
             "attach": {"condition": "incident.severity == 'critical'", "mode": "suggest"}}
            """)
        .expect(201);
    String id = open("\"title\":\"Disk\",\"severity\":\"low\"").expect(201).text("id");
    open("\"title\":\"Disk\",\"severity\":\"critical\"").expect(200);
    Eventually.until(
        Duration.ofSeconds(20),
        "the runbook is suggested",
        () ->
            events(id).stream()
                .anyMatch(event -> event.get("kind").asString().equals("runbook_suggested")));
  }

  @Test
  void theKeyOfAMergedIncidentCountsOnTheOneThatCoversIt() {
    String merged = open("\"title\":\"Disk\"").expect(201).text("id");
    String into = api.open("The cause");
    api.post(INCIDENTS + "/" + merged + "/merge", "{\"into\":\"" + into + "\"}").expect(200);
    Response repeated = open("\"title\":\"Disk\",\"severity\":\"high\"").expect(200);
    assertThat(repeated.text("id")).isEqualTo(into);
    assertThat(repeated.at("occurrences").asInt()).isEqualTo(2);
    assertThat(repeated.text("severity")).isEqualTo("high");
    api.patch(INCIDENTS + "/" + into, "{\"status\":\"resolved\"}").expect(200);
    assertThat(open("\"title\":\"Disk\"").expect(201).text("id"))
        .as("a new one, once the covering one is resolved")
        .isNotEqualTo(into);
  }

  @Test
  void anIncidentIsFoundAndResolvedByItsKey() {
    String id = open("\"title\":\"Disk\"").expect(201).text("id");
    assertThat(api.get(INCIDENTS + "?dedup_key=disk").expect(200).text("incidents/0/id"))
        .isEqualTo(id);
    assertThat(api.get(INCIDENTS + "/dedup:disk").expect(200).text("id")).isEqualTo(id);
    assertThat(
            api.patch(INCIDENTS + "/dedup:disk", "{\"status\":\"resolved\"}")
                .expect(200)
                .text("status"))
        .isEqualTo("resolved");
    api.post(INCIDENTS + "/dedup:disk/timeline", "{\"message\":\"Clean\"}").expect(201);
    api.get(INCIDENTS + "/dedup:none").expect(404);
    String newer = open("\"title\":\"Disk\"").expect(201).text("id");
    JsonNode data =
        api.data(
            "query { incidentByDedupKey(dedupKey: \"disk\") { id } none: incidentByDedupKey { id }"
                + " incidents(filter: {dedupKey: [\"disk\"]}) { totalCount } }",
            "{}");
    assertThat(data.at("/incidentByDedupKey/id").asString()).isEqualTo(newer);
    assertThat(data.at("/none").isNull()).isTrue();
    assertThat(data.at("/incidents/totalCount").asInt()).isEqualTo(2);
  }
}
