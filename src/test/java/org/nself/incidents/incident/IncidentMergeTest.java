package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class IncidentMergeTest {

  private static final String MERGE =
      """
      mutation ($input: MergeIncidentInput!) {
        mergeIncident(input: $input) { id status mergedInto version closedAt availableTransitions }
      }
      """;

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String first;
  private final String second;

  IncidentMergeTest(Service service) {
    this.service = service;
    this.api = service.as(account, "user");
    this.first = api.open("First");
    this.second = api.open("Second");
  }

  @ParameterizedTest
  @ValueSource(strings = {"open", "acknowledged", "mitigating"})
  void anUnfinishedIncidentIsMergedAndBothTimelinesGetAnEvent(String status) {
    String incident = Statuses.incidentIn(api, status);
    Response merged = merge(incident, "\"" + second + "\"").expect(200);
    assertThat(merged.text("status")).isEqualTo("merged");
    assertThat(merged.text("merged_into")).isEqualTo(second);
    assertThat(merged.at("closed_at").isNull()).isFalse();
    JsonNode here = newest(incident);
    assertThat(here.at("/kind").asString()).isEqualTo("status_changed");
    assertThat(here.at("/data/from").asString()).isEqualTo(status);
    assertThat(here.at("/data/into/id").asString()).isEqualTo(second);
    assertThat(here.at("/message").asString()).isEqualTo("the same trouble");
    JsonNode there = newest(path(second));
    assertThat(there.at("/kind").asString()).isEqualTo("merged_from");
    assertThat(there.at("/data/id").asString()).isEqualTo(merged.text("id"));
    assertThat(api.get(path(second)).at("version").asInt())
        .as("the version of the target")
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resolved", "closed", "cancelled"})
  void aFinishedIncidentIsNotMerged(String status) {
    String incident = Statuses.incidentIn(api, status);
    Map<String, String> before = AccountRows.of(service, account);
    Response refused = merge(incident, "\"" + second + "\"").expect(409);
    assertThat(refused.text("code")).isEqualTo("conflict");
    assertThat(refused.at("allowed").valueStream().map(JsonNode::asString).toList())
        .isEqualTo(Statuses.after(status));
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void mergingAgainIntoTheSameChangesNothing() {
    merge(path(first), "\"" + second + "\"").expect(200);
    Map<String, String> before = AccountRows.of(service, account);
    Response again = merge(path(first), "2").expect(200);
    assertThat(again.text("merged_into")).isEqualTo(second);
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aMergedIncidentIsNotMergedIntoAThirdOne() {
    merge(path(first), "2").expect(200);
    String third = api.open("Third");
    Response refused = merge(path(first), "\"" + third + "\"").expect(409);
    assertThat(refused.at("allowed").toString()).isEqualTo("[\"open\"]");
  }

  @Test
  void mergingIntoItselfOrIntoAMergedIncidentIsRejected() {
    Response self = merge(path(first), "1").expect(422);
    assertThat(self.text("errors/0/field")).isEqualTo("into");
    merge(path(first), "2").expect(200);
    Response circle = merge(path(second), "1").expect(409);
    assertThat(circle.text("code")).isEqualTo("conflict");
    assertThat(circle.text("detail")).contains("#1 is itself merged");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"null", "0", "-1", "1.5", "true", "[]", "{}", "\"\"", "\"x\"", "99999999999999"})
  void anInvalidTargetIsNamedInTheError(String into) {
    Map<String, String> before = AccountRows.of(service, account);
    Response refused = merge(path(first), into).expect(422);
    assertThat(refused.at("errors").size()).as(refused.text()).isEqualTo(1);
    assertThat(refused.text("errors/0/field")).isEqualTo("into");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aMissingIncidentOrOneOfAnotherAccountIsNotAMergeTarget() {
    String foreign = service.admin().open("Elsewhere");
    Map<String, String> before = AccountRows.of(service, account);
    merge(path(first), "\"" + foreign + "\"").expect(404);
    merge(path(first), "77").expect(404);
    merge(path(foreign), "1").expect(404);
    JsonNode error = api.error(MERGE, input(first, foreign, "null"));
    assertThat(error.at("/extensions/code").asString()).isEqualTo("not_found");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void graphqlMerges() {
    JsonNode merged = api.data(MERGE, input(first, second, "1")).at("/mergeIncident");
    assertThat(merged.at("/status").asString()).isEqualTo("MERGED");
    assertThat(merged.at("/mergedInto").asString()).isEqualTo(second);
    assertThat(merged.at("/version").asInt()).isEqualTo(2);
    JsonNode self = api.error(MERGE, input(second, second, "null"));
    assertThat(self.at("/extensions/code").asString()).isEqualTo("invalid");
    assertThat(self.at("/extensions/field").asString()).isEqualTo("intoId");
  }

  @Test
  void aStaleVersionIsRejected() {
    Statuses.move(api, path(first), "acknowledged");
    JsonNode stale = api.error(MERGE, input(first, second, "1"));
    assertThat(stale.at("/extensions/code").asString()).isEqualTo("precondition_failed");
    api.header("If-Match", "\"1\"").post(path(first) + "/merge", "{\"into\":2}").expect(412);
    api.header("If-Match", "\"2\"").post(path(first) + "/merge", "{\"into\":2}").expect(200);
  }

  @Test
  void aMergeUnderAnIdempotencyKeyIsExecutedOnce() {
    Api keyed = api.header("Idempotency-Key", "merge-1");
    Response once = keyed.post(path(first) + "/merge", "{\"into\":2}").expect(200);
    Map<String, String> before = AccountRows.of(service, account);
    assertThat(keyed.post(path(first) + "/merge", "{\"into\":2}").expect(200).text())
        .isEqualTo(once.text());
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
    assertThat(
            keyed
                .post(path(first) + "/merge", "{\"into\":2,\"reason\":\"x\"}")
                .expect(422)
                .text("code"))
        .isEqualTo("idempotency_mismatch");
  }

  private Response merge(String incident, String into) {
    return api.post(incident + "/merge", "{\"into\":" + into + ",\"reason\":\"the same trouble\"}");
  }

  private static String input(String id, String into, String expectedVersion) {
    return "{\"input\":{\"id\":\"%s\",\"intoId\":\"%s\",\"expectedVersion\":%s}}"
        .formatted(id, into, expectedVersion);
  }

  private static String path(String id) {
    return "/api/v1/incidents/" + id;
  }

  private JsonNode newest(String incident) {
    JsonNode timeline = api.get(incident).expect(200).at("timeline");
    return timeline.get(timeline.size() - 1);
  }
}
