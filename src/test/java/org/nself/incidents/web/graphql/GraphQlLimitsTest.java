package org.nself.incidents.web.graphql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;

import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Queries that are small to send and large to answer. */
@ExtendWith(RunningService.class)
class GraphQlLimitsTest {

  /** What a refusal may take on a machine that is busy; a bomb that goes off takes minutes. */
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Api api;

  GraphQlLimitsTest(Service service) {
    this.api = service.admin();
  }

  @TestFactory
  Stream<DynamicTest> aBombIsRefusedSoon() {
    return Map.ofEntries(
            Map.entry("6,000 aliases of one field", numbered(6_000, "a%d: __typename")),
            Map.entry("one field 6,000 times", "__typename ".repeat(6_000)),
            Map.entry("60,000 fields", "__typename ".repeat(60_000)),
            Map.entry(
                "200 large lists", numbered(200, "a%d: incidents(first: 200) {nodes{id title}}")),
            Map.entry("2,400 small lists", numbered(2_400, "a%d: incidents(first: 0) {nodes{id}}")),
            Map.entry(
                "2,100 timelines in pages of their own",
                "incident(id: \"00000000-0000-7000-8000-000000000000\") {"
                    + numbered(2_100, "a%d: timeline(first: 0) {__typename}")
                    + "}"),
            Map.entry(
                "counting runbooks 2,100 times",
                "runbooks(first: 1) {" + numbered(2_100, "a%d: totalCount") + "}"),
            Map.entry("counting a hundred times", numbered(100, "a%d: incidents {totalCount}")),
            Map.entry(
                "lists in lists",
                "incidents(first: 200) {nodes {timeline(first: 200) {nodes {id message}}}}"),
            Map.entry(
                "verifying many timelines",
                "incidents(first: 200) {nodes {timelineVerification {intact}}}"),
            Map.entry(
                "sizes in negative numbers",
                numbered(2_000, "a%d: incidents(last: -1) {nodes {id}}")),
            Map.entry(
                "a deep list", "incidents(filter: {labels: " + nested("[", "]", 5_000) + "})"),
            Map.entry(
                "a deep object", "incidents(filter: {labels: " + nested("{a:", "}", 5_000) + "})"),
            Map.entry("deep selections", nested("a{", "}", 5_000)),
            Map.entry("open brackets", "{".repeat(100_000)),
            Map.entry("many directives", "__typename " + "@include(if: true)".repeat(20_000)),
            Map.entry("many spaces", " ".repeat(300_000)),
            Map.entry(
                "a long integer", "incidents(first: " + "9".repeat(900_000) + ") {nodes{id}}"),
            Map.entry(
                "a long fraction", "incidents(first: 1." + "9".repeat(900_000) + ") {nodes{id}}"),
            Map.entry(
                "long integers",
                "incidents(filter: {labels: [" + ("9".repeat(500) + " ").repeat(1_500) + "]})"),
            Map.entry("a huge exponent", "incidents(first: 1e999999999) {nodes {id}}"))
        .entrySet()
        .stream()
        .map(
            bomb ->
                DynamicTest.dynamicTest(
                    bomb.getKey(), () -> assertRefused("{" + bomb.getValue() + "}", "{}")));
  }

  @Test
  void manyChangesAreRefusedTogether() {
    assertRefused(
        "mutation {" + numbered(2_100, "a%d: openIncident(input: {title: \"t\"}) {id}") + "}",
        "{}");
  }

  @Test
  void fragmentsThatGoRoundInCirclesAreRefused() {
    assertRefused(
        "fragment a on Query {...b} fragment b on Query {...c} fragment c on Query {...a} {...a}",
        "{}");
    assertRefused("fragment a on Query {...a} {...a}", "{}");
  }

  @Test
  void fragmentsThatMultiplyAreRefused() {
    String fragments =
        IntStream.range(0, 40)
            .mapToObj(i -> "fragment f%d on Query {...f%d ...f%d}".formatted(i, i + 1, i + 1))
            .collect(Collectors.joining(" "));
    assertRefused("{...f0} " + fragments + " fragment f40 on Query {__typename}", "{}");
  }

  @Test
  void hugeVariablesAreRefused() {
    String list = "query ($f: IncidentFilter) {incidents(filter: $f) {nodes {id}}}";
    String owners = "\"x\",".repeat(200_000) + "\"x\"";
    assertRefused(list, "{\"f\":{\"owner\":[" + owners + "]}}");
    assertRefused(list, "{\"f\":{\"labels\":{" + members(50_000) + "}}}");
    assertRefused(
        list, "{\"f\":{\"labels\":" + "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000) + "}}");
    assertRefused(list, "{\"f\":{\"search\":\"" + "x".repeat(900_000) + "\"}}");
    assertRefused(
        "query ($n: Int) {incidentByNumber(number: $n) {id}}",
        "{\"n\":" + "9".repeat(900_000) + "}");
  }

  @Test
  void introspectionInCirclesIsRefused() {
    assertRefused(
        "{__schema {types {fields {type {fields {type {fields {type {name}}}}}}}}}", "{}");
    assertRefused(
        "{" + numbered(50, "a%d: __schema {types {fields {type {fields {name}}}}}") + "}", "{}");
  }

  @Test
  void whatIsReasonableIsAnswered() {
    String id = api.open("Reasonable");
    api.data(
        "{"
            + numbered(200, "f%d: incident(id: \"" + id + "\") {id number title severity status}")
            + "}");
    api.data(
        "{incidents(first: 200) {nodes {id title timeline(last: 10) {nodes {seq kind message actor"
            + " occurredAt}}} totalCount}}");
    api.data(
        "{"
            + numbered(
                20,
                "a%d: incidents(first: 5, filter: {status: [OPEN]}) {nodes {id title} totalCount}")
            + "}");
    api.data(
        "{incident(id: \""
            + id
            + "\") {timeline(first: 200) {edges {cursor node {id seq kind message data actor"
            + " occurredAt recordedAt supersedes redacted hash}}} timelineVerification {intact}}}");
  }

  @Test
  void aDocumentThatWasAnsweredIsRefusedWithLargerPages() {
    String document =
        "query ($n: Int, $m: Int) {incidents(first: $n) {nodes {timeline(first: $m) {nodes {id"
            + " kind message}}}}}";
    for (int round = 0; round < 2; round++) {
      assertThat(api.graphql(document, "{\"n\":2,\"m\":2}").text()).doesNotContain("errors");
      assertRefused(document, "{\"n\":200,\"m\":200}");
    }
  }

  @Test
  void aDocumentThatWasAnsweredIsRefusedWithMoreOfItIncluded() {
    String document =
        "query ($all: Boolean!) {incidents(first: 200) {nodes {id timeline(first: 200)"
            + " @include(if: $all) {nodes {id kind message}}}}}";
    assertThat(api.graphql(document, "{\"all\":false}").text()).doesNotContain("errors");
    assertRefused(document, "{\"all\":true}");
    assertThat(api.graphql(document, "{\"all\":false}").text()).doesNotContain("errors");
  }

  @Test
  void ofSeveralOperationsTheOneThatRunsIsJudged() {
    String document =
        "query small {incidents(first: 1) {nodes {id}}} query large {incidents(first: 200) {nodes"
            + " {timeline(first: 200) {nodes {id kind message}}}}}";
    for (String allowed : new String[] {"small", "large", "small"}) {
      Api.Response response =
          api.post(
              "/graphql",
              "{\"query\":\"%s\",\"operationName\":\"%s\"}".formatted(document, allowed));
      assertThat(response.text().contains("errors")).as(allowed).isEqualTo(allowed.equals("large"));
    }
  }

  @Test
  void digitsInTextAreNoNumbers() {
    String digits = "7".repeat(1_000);
    String quoted = "\\\"" + digits + "\\\\" + digits;
    JsonNode opened =
        api.data(
            """
            # %s
            mutation { openIncident(input: {title: "a", summary: "%s"}) { summary }
              b: openIncident(input: {title: "b", summary: \"""%s \\\""" %s\"""}) { summary } }
            """
                .formatted(digits, quoted, digits, digits));
    assertThat(opened.at("/openIncident/summary").asString())
        .isEqualTo("\"" + digits + "\\" + digits);
    assertThat(opened.at("/b/summary").asString()).isEqualTo(digits + " \"\"\" " + digits);
  }

  private void assertRefused(String query, String variables) {
    long start = System.nanoTime();
    Api.Response response = api.graphql(query, variables);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    assertThat(response.status()).as(response.text()).isIn(200, 400);
    assertThat(response.text()).hasSizeLessThan(50_000);
    assertThat(response.at("data").isNull() || response.at("data").isMissingNode()).isTrue();
    assertError(response.at("errors/0"), "invalid", fields(response.at("errors/0")));
  }

  /** A bomb may be refused as a whole, or for an argument. */
  private static String[] fields(JsonNode error) {
    return error
        .at("/extensions/errors")
        .valueStream()
        .map(fault -> fault.get("field").asString())
        .toArray(String[]::new);
  }

  private static String numbered(int count, String pattern) {
    return IntStream.range(0, count)
        .mapToObj(i -> pattern.replace("%d", String.valueOf(i)))
        .collect(Collectors.joining(" "));
  }

  private static String members(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"l%d\":\"x\"".formatted(i))
        .collect(Collectors.joining(","));
  }

  private static String nested(String open, String close, int depth) {
    return open.repeat(depth) + "1" + close.repeat(depth);
  }
}
