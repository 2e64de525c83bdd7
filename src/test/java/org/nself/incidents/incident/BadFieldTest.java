package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Invalid members of an incident's body: each is named, and nothing is written. */
@ExtendWith(RunningService.class)
class BadFieldTest {

  private static final Map<String, Integer> TEXTS =
      new TreeMap<>(Map.of("title", 300, "summary", 20_000, "owner", 200, "dedup_key", 255));

  private static final String EMOJI = "\ud83d\ude00";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;
  private final Map<String, String> before;

  BadFieldTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.incident = "/api/v1/incidents/" + api.open("Here before");
    this.before = AccountRows.of(service, account);
  }

  @TestFactory
  Stream<DynamicTest> aMemberOfAWrongTypeIsNamed() {
    List<String> noText = List.of("5", "true", "[]", "{}", "1e400", "[\"a\"]");
    Stream<DynamicTest> texts =
        Stream.of("title", "summary", "severity", "owner", "dedup_key", "opened_at")
            .flatMap(name -> noText.stream().map(value -> rejected(name, value, name)));
    Stream<DynamicTest> lists =
        Stream.of("5", "true", "{}", "\"a\"", "[5]", "[null]", "[[]]", "[\"a\",{}]")
            .map(value -> rejected("services", value, "services"));
    Stream<DynamicTest> objects =
        Stream.of("5", "true", "[]", "\"a\"").map(value -> rejected("labels", value, "labels"));
    Stream<DynamicTest> labels =
        Stream.of("5", "false", "[]", "{}", "{\"a\":\"b\"}", "1e400")
            .map(value -> rejected("labels", "{\"k\":" + value + "}", "labels.k"));
    return Stream.of(texts, lists, objects, labels).flatMap(tests -> tests);
  }

  @TestFactory
  Stream<DynamicTest> textThatCannotBeStoredIsNamed() {
    return Stream.of("\\u0000", "a\\u0000b", "\\ud800", "\\udc00", "a\\ud800b", "\\udc00\\ud800")
        .flatMap(
            text ->
                Stream.concat(
                    TEXTS.keySet().stream().map(name -> rejected(name, "\"" + text + "\"", name)),
                    Stream.of(
                        rejected("services", "[\"" + text + "\"]", "services"),
                        rejected("labels", "{\"k\":\"" + text + "\"}", "labels.k"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a\\u0000", "a\\n", "\\ud800"})
  void aLabelWithAnInvalidNameIsRejected(String name) {
    Response response =
        api.post("/api/v1/incidents", body("labels", "{\"" + name + "\":\"v\"}")).expect(422);
    assertThat(response.text("errors/0/field")).startsWith("labels.");
    assertThat(response.text("errors/0/message")).startsWith("the name of a label ");
  }

  @TestFactory
  Stream<DynamicTest> aBlankTitleIsRejected() {
    return Stream.of("", " ", "\\t\\n", "\\u2003")
        .map(text -> rejected("title", "\"" + text + "\"", "title"));
  }

  @TestFactory
  Stream<DynamicTest> textOfMaximumLengthIsAcceptedAndOneCharacterMoreIsRejected() {
    return TEXTS.entrySet().stream()
        .flatMap(
            limit ->
                Stream.of("a", "é", EMOJI)
                    .map(
                        character ->
                            DynamicTest.dynamicTest(
                                limit + " of " + character,
                                () -> {
                                  Api fresh = service.admin();
                                  String longest = character.repeat(limit.getValue());
                                  Response taken =
                                      fresh
                                          .post(
                                              "/api/v1/incidents",
                                              body(limit.getKey(), "\"" + longest + "\""))
                                          .expect(201);
                                  assertThat(taken.text(limit.getKey())).isEqualTo(longest);
                                  assertRefused(
                                      limit.getKey(),
                                      "\"" + longest + character + "\"",
                                      limit.getKey());
                                })));
  }

  @Test
  void listsAndObjectsHaveLimits() {
    assertRefused("services", services(51, 3), "services");
    assertRefused("services", services(1, 101), "services");
    assertRefused("labels", labels(65, 4, 1), "labels");
    assertRefused("labels", labels(1, 256, 1), "labels." + "k".repeat(40) + "…");
    assertRefused("labels", labels(1, 4, 256), "labels." + "k".repeat(4));
    Api fresh = service.admin();
    fresh.post("/api/v1/incidents", body("services", services(50, 100))).expect(201);
    fresh.post("/api/v1/incidents", body("labels", labels(64, 255, 255))).expect(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-01-01 00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2026-01-01T00:00:00+19:00",
        "2026-01-01T00:00:00Z[UTC]",
        " 2026-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "-0001-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "-999999999-01-01T00:00:00+18:00",
        "2999-01-01T00:00:00Z",
        "yesterday",
        "1767225600"
      })
  void aMalformedOrOutOfRangeTimestampIsNamed(String moment) {
    assertRefused("opened_at", "\"" + moment + "\"", "opened_at");
  }

  @Test
  void timestampsAreAcceptedWithAnyOffsetAndReturnedInUtcWithMicroseconds() {
    Response opened =
        api.post("/api/v1/incidents", body("opened_at", "\"2026-01-01T05:45:00.1234567+05:45\""))
            .expect(201);
    assertThat(opened.text("opened_at")).isEqualTo("2026-01-01T00:00:00.123456Z");
  }

  @Test
  void unknownMembersAreNamedTogetherWithTheAllowedOnes() {
    Response refused =
        api.post("/api/v1/incidents", "{\"titel\":\"a\",\"severity\":\"low\",\"status\":\"open\"}");
    assertProblem(refused, 422, "invalid", "title", "titel", "status");
    assertThat(refused.text("errors/1/message")).contains("title, summary, severity");
    assertProblem(
        api.patch(incident, "{\"title\":\"b\",\"number\":7,\"version\":1,\"id\":null}"),
        422,
        "invalid",
        "number",
        "version",
        "id");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void anUnprintableNameIsEscapedInTheError() {
    assertProblem(
        api.patch(incident, "{\"a\\u0000\":1,\"\\ud800\":2}"),
        422,
        "invalid",
        "a\\u0000",
        "\\ud800");
  }

  @Test
  void allErrorsAreReportedAtOnce() {
    assertProblem(
        api.post(
            "/api/v1/incidents",
            "{\"title\":\"\",\"severity\":\"bad\",\"owner\":5,\"services\":{},\"nope\":1}"),
        422,
        "invalid",
        "title",
        "severity",
        "owner",
        "services",
        "nope");
  }

  private DynamicTest rejected(String member, String value, String field) {
    String name = member + ": " + (value.length() > 60 ? value.substring(0, 60) + "…" : value);
    return DynamicTest.dynamicTest(name, () -> assertRefused(member, value, field));
  }

  /** In POST, and in PATCH where the member can be changed. */
  private void assertRefused(String member, String value, String field) {
    assertProblem(api.post("/api/v1/incidents", body(member, value)), 422, "invalid", field);
    if (!member.equals("dedup_key") && !member.equals("opened_at")) {
      assertProblem(
          api.patch(incident, "{\"" + member + "\":" + value + "}"), 422, "invalid", field);
    }
    assertThat(AccountRows.of(service, account)).as("what is written").isEqualTo(before);
  }

  private static String body(String member, String value) {
    return member.equals("title")
        ? "{\"title\":" + value + "}"
        : "{\"title\":\"a\",\"" + member + "\":" + value + "}";
  }

  private static String services(int count, int length) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"%s\"".formatted("%03d".formatted(i) + "s".repeat(length - 3)))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String labels(int count, int nameLength, int valueLength) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                "\"%s\":\"%s\""
                    .formatted(
                        count == 1
                            ? "k".repeat(nameLength)
                            : "k".repeat(nameLength - 2) + "%02d".formatted(i),
                        "v".repeat(valueLength)))
        .collect(Collectors.joining(",", "{", "}"));
  }
}
