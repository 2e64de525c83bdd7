package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class IncidentLifecycleTest {

  private static final Set<String> FINISHED = Set.of("closed", "cancelled", "merged");

  private static final String TRANSITION =
      """
      mutation ($input: TransitionIncidentInput!) {
        transitionIncident(input: $input) { status version availableTransitions }
      }
      """;

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  IncidentLifecycleTest(Service service) {
    this.service = service;
    this.api = service.as(account, "user");
  }

  static Stream<Arguments> everyPair() {
    return Statuses.ALL.stream()
        .flatMap(from -> Statuses.ALL.stream().map(to -> Arguments.of(from, to)));
  }

  @ParameterizedTest
  @MethodSource("everyPair")
  void aPatchAllowsExactlyTheTransitionsOfTheTable(String from, String to) {
    String incident = Statuses.incidentIn(api, from);
    int version = api.get(incident).at("version").asInt();
    Map<String, String> before = AccountRows.of(service, account);

    Response moved = api.patch(incident, "{\"status\":\"%s\"}".formatted(to));

    if (to.equals(from)) {
      moved.expect(200);
      assertThat(AccountRows.of(service, account)).as("a repetition").isEqualTo(before);
      return;
    }
    if (!Statuses.after(from).contains(to) || to.equals("merged")) {
      assertRefused(moved, 409, "conflict");
      assertThat(texts(moved.at("allowed"))).isEqualTo(Statuses.after(from));
      assertThat(AccountRows.of(service, account)).as("after a refusal").isEqualTo(before);
      return;
    }
    if (FINISHED.contains(from)) {
      assertRefused(moved, 422, "invalid");
      assertThat(moved.text("errors/0/field")).isEqualTo("reason");
      assertThat(AccountRows.of(service, account)).as("after a refusal").isEqualTo(before);
      moved =
          api.patch(incident, "{\"status\":\"%s\",\"reason\":\"It is not over\"}".formatted(to));
    }
    moved.expect(200);
    assertThat(moved.text("status")).isEqualTo(to);
    assertThat(moved.at("version").asInt()).isEqualTo(version + 1);
    JsonNode event = newestEvent(incident);
    assertThat(event.at("/kind").asString()).isEqualTo("status_changed");
    assertThat(event.at("/data/from").asString()).isEqualTo(from);
    assertThat(event.at("/data/to").asString()).isEqualTo(to);
    assertThat(event.at("/actor").asString()).isEqualTo("user@" + account);
  }

  @ParameterizedTest
  @MethodSource("everyPair")
  void transitionIncidentAllowsExactlyTheTransitionsOfTheTable(String from, String to) {
    String incident = Statuses.incidentIn(api, from);
    Response known = api.get(incident);
    String id = known.text("id");
    Map<String, String> before = AccountRows.of(service, account);

    if (to.equals(from)) {
      JsonNode repeated = api.data(TRANSITION, transition(id, to, null)).at("/transitionIncident");
      assertThat(repeated.at("/version")).isEqualTo(known.at("version"));
      assertThat(AccountRows.of(service, account)).as("a repetition").isEqualTo(before);
      return;
    }
    if (!Statuses.after(from).contains(to) || to.equals("merged")) {
      JsonNode refused = api.error(TRANSITION, transition(id, to, "because"));
      assertThat(refused.at("/extensions/code").asString()).isEqualTo("conflict");
      assertThat(texts(refused.at("/extensions/allowed")))
          .isEqualTo(upperCase(Statuses.after(from)));
      assertThat(AccountRows.of(service, account)).as("after a refusal").isEqualTo(before);
      return;
    }
    if (FINISHED.contains(from)) {
      JsonNode refused = api.error(TRANSITION, transition(id, to, null));
      assertThat(refused.at("/extensions/code").asString()).isEqualTo("invalid");
      assertThat(refused.at("/extensions/field").asString()).isEqualTo("reason");
      assertThat(AccountRows.of(service, account)).as("after a refusal").isEqualTo(before);
    }
    JsonNode moved = api.data(TRANSITION, transition(id, to, "It is so")).at("/transitionIncident");
    assertThat(moved.at("/status").asString()).isEqualTo(to.toUpperCase(Locale.ROOT));
    assertThat(texts(moved.at("/availableTransitions"))).isEqualTo(upperCase(Statuses.after(to)));
    assertThat(newestEvent(incident).at("/message").asString()).isEqualTo("It is so");
  }

  @ParameterizedTest
  @MethodSource("everyStatus")
  void availableTransitionsAreThoseOfTheTable(String status) {
    String incident = Statuses.incidentIn(api, status);
    assertThat(texts(api.get(incident).at("available_transitions")))
        .isEqualTo(Statuses.after(status));
  }

  static List<String> everyStatus() {
    return Statuses.ALL;
  }

  @Test
  void timestampsAreSetByTransitionsAndClearedByAReopening() {
    String incident = "/api/v1/incidents/" + api.open("Timed");
    assertThat(timesOf(incident)).isEmpty();
    Statuses.move(api, incident, "acknowledged");
    assertThat(timesOf(incident)).containsExactly("acknowledged_at");
    Statuses.move(api, incident, "mitigating");
    assertThat(timesOf(incident)).containsExactly("acknowledged_at", "mitigated_at");
    String mitigated = api.get(incident).text("mitigated_at");
    Statuses.move(api, incident, "acknowledged");
    Statuses.move(api, incident, "mitigating");
    assertThat(api.get(incident).text("mitigated_at"))
        .as("when mitigation first began")
        .isEqualTo(mitigated);
    Statuses.move(api, incident, "resolved");
    assertThat(timesOf(incident)).containsExactly("acknowledged_at", "mitigated_at", "resolved_at");
    Statuses.move(api, incident, "closed");
    assertThat(timesOf(incident))
        .containsExactly("acknowledged_at", "closed_at", "mitigated_at", "resolved_at");
    Statuses.move(api, incident, "open");
    assertThat(timesOf(incident)).as("after reopening").isEmpty();
  }

  @Test
  void returningFromAcknowledgedToOpenClearsAcknowledgedAtAndIsNotAReopening() {
    String incident = Statuses.incidentIn(api, "acknowledged");
    Statuses.move(api, incident, "open");
    assertThat(timesOf(incident)).isEmpty();
    assertThat(api.get(incident).at("reopen_count").asInt()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"resolved", "closed", "cancelled", "merged"})
  void everyReopeningIsCounted(String from) {
    String incident = Statuses.incidentIn(api, from);
    Statuses.move(api, incident, "open");
    Response once = api.get(incident).expect(200);
    assertThat(once.at("reopen_count").asInt()).isEqualTo(1);
    assertThat(once.at("merged_into").isNull()).isTrue();
    Statuses.move(api, incident, "resolved");
    Statuses.move(api, incident, "open");
    assertThat(api.get(incident).at("reopen_count").asInt()).isEqualTo(2);
  }

  @Test
  void severityStatusAndFieldsCanBeChangedTogetherInOneVersion() {
    String incident = "/api/v1/incidents/" + api.open("Everything at once");
    Response changed =
        api.patch(
                incident,
                """
                {"status":"mitigating","reason":"on it","severity":"p1","owner":"ana","title":"All"}
                """)
            .expect(200);
    assertThat(changed.at("version").asInt()).isEqualTo(2);
    assertThat(texts(api.get(incident + "/timeline").at("timeline"), "kind"))
        .containsExactly("opened", "status_changed", "severity_changed", "owner_changed", "edited");
  }

  @Test
  void anIllegalTransitionRollsBackTheOtherChangesOfThePatch() {
    String incident = Statuses.incidentIn(api, "closed");
    Map<String, String> before = AccountRows.of(service, account);
    api.patch(incident, "{\"title\":\"New\",\"status\":\"mitigating\"}").expect(409);
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  private JsonNode newestEvent(String incident) {
    JsonNode timeline = api.get(incident).expect(200).at("timeline");
    return timeline.get(timeline.size() - 1);
  }

  private Set<String> timesOf(String incident) {
    Set<String> set = new TreeSet<>();
    JsonNode body = api.get(incident).expect(200).body();
    for (String time : List.of("acknowledged_at", "mitigated_at", "resolved_at", "closed_at")) {
      if (!body.get(time).isNull()) {
        set.add(time);
      }
    }
    return set;
  }

  private static void assertRefused(Response response, int status, String code) {
    response.expect(status);
    assertThat(response.text("code")).isEqualTo(code);
    assertThat(response.header("Content-Type")).isEqualTo("application/problem+json");
  }

  private static String transition(String id, String to, @Nullable String reason) {
    return "{\"input\":{\"id\":\"%s\",\"status\":\"%s\",\"reason\":%s}}"
        .formatted(id, to.toUpperCase(Locale.ROOT), reason == null ? "null" : "\"" + reason + "\"");
  }

  private static List<String> upperCase(List<String> words) {
    return words.stream().map(word -> word.toUpperCase(Locale.ROOT)).toList();
  }

  private static List<String> texts(JsonNode array) {
    return array.valueStream().map(JsonNode::asString).toList();
  }

  private static List<String> texts(JsonNode array, String member) {
    return array.valueStream().map(item -> item.get(member).asString()).toList();
  }
}
