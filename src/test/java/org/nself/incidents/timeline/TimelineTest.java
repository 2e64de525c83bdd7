package org.nself.incidents.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;
import static org.nself.incidents.testing.Refusal.assertProblem;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import tools.jackson.databind.JsonNode;

@ExtendWith(RunningService.class)
class TimelineTest {

  private static final String PAGE =
      """
      query ($id: UUID, $first: Int, $afterSeq: Int, $last: Int, $beforeSeq: Int) {
        incident(id: $id) {
          timeline(first: $first, afterSeq: $afterSeq, last: $last, beforeSeq: $beforeSeq) {
            nodes { seq }
            edges { cursor node { seq } }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            totalCount
          }
        }
      }
      """;

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;
  private final String timeline;

  TimelineTest(Service service) {
    this.service = service;
    this.api = service.as(account, "responder");
    this.incident = api.open("Watched");
    this.timeline = "/api/v1/incidents/" + incident + "/timeline";
  }

  @Test
  void aNoteIsAppendedAsItWasWritten() {
    Response note = api.post(timeline, "{\"message\":\"Réboot 🔥\\n- all of it\"}").expect(201);
    assertThat(note.text("kind")).isEqualTo("note");
    assertThat(note.text("message")).isEqualTo("Réboot 🔥\n- all of it");
    assertThat(note.at("seq").asInt()).isEqualTo(2);
    assertThat(note.text("incident_id")).isEqualTo(incident);
    assertThat(note.text("actor")).isEqualTo("responder@" + account);
    assertThat(note.text("hash")).matches("[0-9a-f]{64}");
    assertThat(note.at("redacted").asBoolean()).isFalse();
    for (String field : List.of("data", "supersedes")) {
      assertThat(note.at(field).isNull()).as(field).isTrue();
    }
    assertThat(note.text("occurred_at")).isLessThanOrEqualTo(note.text("recorded_at"));
    assertThat(api.get(timeline).at("timeline/1")).isEqualTo(note.body());
  }

  @Test
  void anEarlierEventKeepsItsTimeAndIsRecordedNow() {
    Response late =
        api.post(timeline, "{\"message\":\"m\",\"occurred_at\":\"2026-01-01T02:00:00+01:00\"}")
            .expect(201);
    assertThat(late.text("occurred_at")).isEqualTo("2026-01-01T01:00:00.000000Z");
    assertThat(late.text("recorded_at")).isGreaterThan("2026-01-02");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "deploy", "k8s.pod_restart-2", "opened.late", "runbook", "a"})
  void clientsMayUseKindsOfTheirOwnWithoutAMessage(String kind) {
    Response event = api.post(timeline, "{\"kind\":\"%s\"}".formatted(kind)).expect(201);
    assertThat(event.text("kind")).isEqualTo(kind);
    assertThat(event.at("message").isNull()).isTrue();
  }

  @Test
  void aWordHasUpTo64Characters() {
    api.post(timeline, "{\"kind\":\"" + "k".repeat(64) + "\"}").expect(201);
    assertProblem(
        api.post(timeline, "{\"kind\":\"" + "k".repeat(65) + "\",\"message\":\"m\"}"),
        422,
        "invalid",
        "kind");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "opened",
        "status_changed",
        "severity_changed",
        "owner_changed",
        "edited",
        "corrected",
        "redacted",
        "merged_from",
        "runbook_started",
        "runbook_anything",
        "Note",
        "NOTE",
        "note ",
        " note",
        "1a",
        "_a",
        "é",
        "a b",
        "a\\n",
        "a\\u0000",
        "-",
        ".",
        "a/b"
      })
  void reservedAndMalformedKindsAreInvalid(String kind) {
    Map<String, String> before = AccountRows.of(service, account);
    String body = "{\"kind\":\"%s\",\"message\":\"m\"}".formatted(kind);
    assertProblem(api.post(timeline, body), 422, "invalid", "kind");
    assertError(
        api.error(
            "mutation ($k: String, $i: UUID!) {"
                + " addTimelineEvent(input: {incidentId: $i, kind: $k, message: \"m\"}) {seq} }",
            "{\"k\":\"%s\",\"i\":\"%s\"}".formatted(kind, incident)),
        "invalid",
        "kind");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | message",
        "{\"message\":null} | message",
        "{\"kind\":\"note\",\"data\":{}} | message",
        "{\"message\":\"\"} | message",
        "{\"message\":5} | message",
        "{\"message\":\"\\u0000\"} | message",
        "{\"message\":\"\\ud800\"} | message",
        "{\"message\":\"m\",\"data\":\"\\u0000\"} | data",
        "{\"message\":\"m\",\"data\":{\"a\":[\"\\ud800\"]}} | data",
        "{\"message\":\"m\",\"data\":{\"\\u0000\":1}} | data",
        "{\"message\":\"m\",\"data\":{\"\\udc00\":1}} | data",
        "{\"message\":\"m\",\"data\":1e400} | data",
        "{\"message\":\"m\",\"data\":{\"a\":-1e-500}} | data",
        "{\"message\":\"m\",\"occurred_at\":\"2999-01-01T00:00:00Z\"} | occurred_at",
        "{\"message\":\"m\",\"occurred_at\":\"now\"} | occurred_at",
        "{\"message\":\"m\",\"occurred_at\":0} | occurred_at",
        "{\"message\":\"m\",\"actor\":\"me\"} | actor",
        "{\"message\":\"m\",\"seq\":7} | seq",
        "{\"message\":\"m\",\"supersedes\":1} | supersedes",
      })
  void anInvalidEventIsNotAppendedAndTheErrorNamesTheField(String body, String field) {
    Map<String, String> before = AccountRows.of(service, account);
    assertProblem(api.post(timeline, body), 422, "invalid", field);
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void messagesAndDataHaveLimits() {
    api.post(timeline, message("a".repeat(20_000))).expect(201);
    api.post(timeline, message("\ud83d\ude00".repeat(20_000))).expect(201);
    assertProblem(
        api.post(timeline, message("\ud83d\ude00".repeat(20_001))), 422, "invalid", "message");
    api.post(timeline, data("\"" + "a".repeat(65_534) + "\"")).expect(201);
    assertProblem(
        api.post(timeline, data("\"" + "a".repeat(65_535) + "\"")), 422, "invalid", "data");
    assertProblem(
        api.post(timeline, data("\"" + "é".repeat(32_768) + "\"")), 422, "invalid", "data");
    api.post(timeline, data("[".repeat(32) + "]".repeat(32))).expect(201);
    assertProblem(
        api.post(timeline, data("[".repeat(33) + "]".repeat(33))), 422, "invalid", "data");
    api.post(timeline, data("{\"a\":".repeat(31) + "[]" + "}".repeat(31))).expect(201);
    api.post(timeline, data("9".repeat(400))).expect(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "true",
        "0",
        "-1.5",
        "9223372036854775808",
        "1E+30",
        "\"text\"",
        "\"\\u0001\\t\\\\\\\"\"",
        "[]",
        "[1,null,\"a\"]",
        "{}",
        "{\"a\":{\"b\":[null]}}"
      })
  void dataIsAnyJsonAndIsReturnedUnchanged(String json) {
    int seq = api.post(timeline, data(json)).expect(201).at("seq").asInt();
    JsonNode stored = api.get(timeline + "?after_seq=" + (seq - 1)).at("timeline/0/data");
    assertThat(stored.isNumber() ? number(stored.toString()) : stored.toString())
        .isEqualTo(stored.isNumber() ? number(json) : json);
    JsonNode inGraphql =
        api.data(
                "query ($id: UUID, $s: Int) { incident(id: $id) {"
                    + " timeline(afterSeq: $s) { nodes { data } } } }",
                "{\"id\":\"%s\",\"s\":%d}".formatted(incident, seq - 1))
            .at("/incident/timeline/nodes/0/data");
    assertThat(inGraphql).isEqualTo(stored);
  }

  private static String number(String text) {
    return new java.math.BigDecimal(text).toPlainString();
  }

  @Test
  void pagesInBothDirectionsHoldEveryEventOnce() {
    for (int i = 2; i <= 53; i++) {
      api.post(timeline, message("Note " + i)).expect(201);
    }
    List<Integer> all = IntStream.rangeClosed(1, 53).boxed().toList();
    for (int size : new int[] {1, 7, 52, 53, 54, 200}) {
      List<Integer> forwards = new java.util.ArrayList<>();
      for (boolean more = true; more; ) {
        int after = forwards.isEmpty() ? 0 : forwards.getLast();
        JsonNode page = page("{\"first\":%d,\"afterSeq\":%d".formatted(size, after));
        forwards.addAll(seqs(page));
        more = page.at("/pageInfo/hasNextPage").asBoolean();
        assertThat(page.at("/pageInfo/hasPreviousPage").asBoolean()).isEqualTo(after > 0);
      }
      assertThat(forwards).as("first: %d", size).isEqualTo(all);
      List<Integer> backwards = new java.util.ArrayList<>();
      for (boolean more = true; more; ) {
        String before = backwards.isEmpty() ? "null" : backwards.getFirst().toString();
        JsonNode page = page("{\"last\":%d,\"beforeSeq\":%s".formatted(size, before));
        backwards.addAll(0, seqs(page));
        more = page.at("/pageInfo/hasPreviousPage").asBoolean();
      }
      assertThat(backwards).as("last: %d", size).isEqualTo(all);
      List<Integer> rest = new java.util.ArrayList<>();
      String after = "";
      for (boolean more = true; more; ) {
        Response page = api.get(timeline + "?limit=" + size + after).expect(200);
        page.at("timeline").forEach(event -> rest.add(event.get("seq").asInt()));
        more = !page.at("next_after_seq").isNull();
        after = "&after_seq=" + page.at("next_after_seq").asInt();
      }
      assertThat(rest).as("limit: %d", size).isEqualTo(all);
    }
    assertThat(seqs(page("{\"first\":3,\"afterSeq\":10,\"beforeSeq\":13"))).containsExactly(11, 12);
    assertThat(seqs(page("{\"last\":1,\"afterSeq\":10,\"beforeSeq\":13"))).containsExactly(12);
    assertThat(seqs(page("{\"afterSeq\":53"))).isEmpty();
    assertThat(page("{\"first\":0").at("/totalCount").asInt()).isEqualTo(53);
  }

  @ParameterizedTest
  @CsvSource({
    "first, -1",
    "first, 201",
    "last, -1",
    "last, 201",
    "afterSeq, -1",
    "beforeSeq, 0",
    "beforeSeq, -5"
  })
  void aSizeOrCursorOutOfRangeIsInvalid(String argument, int value) {
    assertError(
        api.error(PAGE, "{\"id\":\"%s\",\"%s\":%d}".formatted(incident, argument, value)),
        "invalid",
        argument);
  }

  private JsonNode page(String variables) {
    JsonNode page =
        api.data(PAGE, variables + ",\"id\":\"" + incident + "\"}").at("/incident/timeline");
    assertThat(page.get("edges").valueStream().map(edge -> edge.at("/node")).toList())
        .isEqualTo(page.get("nodes").valueStream().toList());
    return page;
  }

  private static List<Integer> seqs(JsonNode page) {
    return page.get("nodes").valueStream().map(node -> node.get("seq").asInt()).toList();
  }

  private static String message(String text) {
    return "{\"message\":\"" + text + "\"}";
  }

  private static String data(String json) {
    return "{\"message\":\"m\",\"data\":" + json + "}";
  }

  @Test
  void onlyEventsThatWereAppendedArePublished() {
    List<UUID> published = new CopyOnWriteArrayList<>();
    ApplicationListener<PayloadApplicationEvent<TimelineEventAppended>> listener =
        ApplicationListener.forPayload(
            (TimelineEventAppended event) -> {
              if (event.account().equals(account)) {
                published.add(event.incidentId());
              }
            });
    service.context().addApplicationListener(listener);
    String unknown = "/api/v1/incidents/" + UUID.randomUUID() + "/timeline";
    String note = "{\"message\":\"Nobody reads this\"}";
    api.post(unknown, note).expect(404);
    api.header("Idempotency-Key", "once").post(unknown, note).expect(404);
    assertThat(published).as("for an incident that does not exist").isEmpty();
    api.header("Idempotency-Key", "twice").post(timeline, note).expect(201);
    api.header("Idempotency-Key", "twice").post(timeline, note).expect(201);
    assertThat(published).containsExactly(UUID.fromString(incident));
    service.context().removeApplicationListener(listener);
  }
}
