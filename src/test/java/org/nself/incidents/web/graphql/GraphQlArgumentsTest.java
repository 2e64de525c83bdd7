package org.nself.incidents.web.graphql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Arguments that are wrong, written into the document and in variables. */
@ExtendWith(RunningService.class)
class GraphQlArgumentsTest {

  private static final String OPEN =
      "mutation ($input: OpenIncidentInput!) { openIncident(input: $input) { id severity } }";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  GraphQlArgumentsTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{incident(id: \"x\") {id}} | id | must be a UUID",
        "{incident(id: 5) {id}} | id | must be a UUID",
        "{incident(id: \"1-1-1-1-1\") {id}} | id | must be a UUID",
        "{incidentByNumber(number: \"1\") {id}} | number | must be a whole number",
        "{incidentByNumber(number: 1.5) {id}} | number | must be a whole number",
        "{incidentByNumber(number: 2147483648) {id}} | number | must be a whole number",
        "{incidents(first: 201) {nodes {id}}} | first | must be from 0 to 200",
        "{incidents(first: -1) {nodes {id}}} | first | must be from 0 to 200",
        "{incidents(last: 201) {nodes {id}}} | last | must be from 0 to 200",
        "{incidents(first: 1, last: 1) {nodes {id}}} | last | cannot be combined",
        "{incidents(after: 5) {nodes {id}}} | after | must be text",
        "{incidents(orderBy: WORST) {nodes {id}}} | orderBy | must be one of OPENED_AT_DESC,",
        "{incidents(filter: 5) {nodes {id}}} | filter | must be an object",
        "{incidents(filter: {status: [BAD]}) {nodes {id}}} | status[0] | must be one of OPEN,",
        "{incidents(filter: {status: [OPEN, \"OPEN\"]}) {nodes {id}}} | status[1] | must be one of",
        "{incidents(filter: {severity: SEV1}) {nodes {id}}} | severity | must be one of CRITICAL,",
        "{incidents(filter: {owner: [5]}) {nodes {id}}} | owner[0] | must be text",
        "{incidents(filter: {openedAfter: \"x\"}) {nodes {id}}} | openedAfter | RFC 3339",
        "{incidents(filter: {openedAfter: 5}) {nodes {id}}} | openedAfter | RFC 3339",
        "{incidents(filter: {labels: [1]}) {nodes {id}}} | labels | must be an object",
        "{incidents(filter: {labels: {a: 1}}) {nodes {id}}} | labels.a | must be text",
        "{incidents(filter: {search: \"\\u0000\"}) {nodes {id}}} | search | NUL",
        "{incidents(filter: {label: \"x\"}) {nodes {id}}} | label | allowed fields: kind,"
            + " status, severity",
        "mutation {openIncident(input: {}) {id}} | title | is required",
        "mutation {openIncident(input: {title: null}) {id}} | title | is required",
        "mutation {openIncident(input: {title: 5}) {id}} | title | must be text",
        "mutation {openIncident(input: {title: \"\"}) {id}} | title | must not be empty",
        "mutation {openIncident(input: {title: \"a\", labels: \"x\"}) {id}} | labels | object",
        "mutation {openIncident(input: {title: \"a\", openedAt: \"2999-01-01T00:00:00Z\"}) {id}}"
            + " | openedAt | future",
        "mutation {openIncident(input: {title: \"a\", openedAt: \"0000-01-01T00:00:00Z\"}) {id}}"
            + " | openedAt | 1970",
      })
  void anArgumentThatIsWrongIsNamedWithWhatWouldBeRight(String query, String field, String hint) {
    JsonNode error = api.error(query, "{}");
    assertError(error, "invalid", field);
    assertThat(error.at("/message").asString()).startsWith(field + ": ").contains(hint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "query ($a: UUID) {incident(id: $a) {id}} | \"x\" | id | must be a UUID",
        "query ($a: UUID) {incident(id: $a) {id}} | 5 | id | must be a UUID",
        "query ($a: UUID) {incident(id: $a) {id}} | \"1-1-1-1-1\" | id | must be a UUID",
        "query ($a: Int) {incidentByNumber(number: $a) {id}} | \"5\" | number | whole number",
        "query ($a: Int) {incidentByNumber(number: $a) {id}} | 1.5 | number | whole number",
        "query ($a: Int) {incidentByNumber(number: $a) {id}} | 99999999999 | number | whole",
        "query ($a: Int) {incidentByNumber(number: $a) {id}} | 1e400 | number | whole number",
        "query ($a: Int) {incidentByNumber(number: $a) {id}} | true | number | whole number",
        "query ($a: IncidentOrder) {incidents(orderBy: $a) {nodes {id}}} | \"WORST\" | orderBy |"
            + " must be one of",
        "query ($a: [IncidentStatus!]) {incidents(filter: {status: $a}) {nodes {id}}} | [\"x\"] |"
            + " status[0] | OPEN,",
        "query ($a: [IncidentStatus!]) {incidents(filter: {status: $a}) {nodes {id}}} | [null] |"
            + " status[0] | required",
        "query ($a: DateTime) {incidents(filter: {openedAfter: $a}) {nodes {id}}} | \"x\" |"
            + " openedAfter | RFC 3339",
        "query ($a: IncidentFilter) {incidents(filter: $a) {nodes {id}}} | 5 | filter | must be an"
            + " object",
        "query ($a: IncidentFilter) {incidents(filter: $a) {nodes {id}}} | {\"nope\": 1} | nope |"
            + " allowed fields:",
        "query ($a: IncidentFilter) {incidents(filter: $a) {nodes {id}}} | {\"status\": [\"OPEN\","
            + " \"x\"]} | status[1] | OPEN,",
        "query ($a: IncidentFilter) {incidents(filter: $a) {nodes {id}}} | {\"openedAfter\": 5} |"
            + " openedAfter | RFC 3339",
        "query ($a: IncidentFilter) {incidents(filter: $a) {nodes {id}}} | {\"labels\": [1]} |"
            + " labels | object of texts",
      })
  void aVariableThatIsWrongIsCalledByWhatItIsUsedFor(
      String query, String value, String field, String hint) {
    JsonNode error = api.error(query, "{\"a\":" + value + "}");
    assertError(error, "invalid", field);
    assertThat(error.at("/message").asString()).startsWith(field + ": ").contains(hint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "null | input | is required",
        "{} | title | is required",
        "{\"title\": null} | title | is required",
        "{\"title\": 5} | title | must be text",
        "{\"title\": \"\\u0000\"} | title | NUL",
        "{\"title\": \"a\\ud800\"} | title | surrogate",
        "{\"title\": \"a\", \"severity\": \"sev1\"} | severity | CRITICAL, HIGH, MEDIUM, LOW, INFO",
        "{\"title\": \"a\", \"severity\": 1} | severity | CRITICAL, HIGH, MEDIUM, LOW, INFO",
        "{\"title\": \"a\", \"openedAt\": \"yesterday\"} | openedAt | RFC 3339",
        "{\"title\": \"a\", \"openedAt\": \"2026-01-01T00:00:00\"} | openedAt | RFC 3339",
        "{\"title\": \"a\", \"services\": [\"a\", 5]} | services[1] | must be text",
        "{\"title\": \"a\", \"labels\": {\"a\": 1e400}} | labels.a | must be text",
        "{\"title\": \"a\", \"dedup_key\": \"x\"} | dedup_key | allowed fields: title,",
      })
  void anInputObjectThatIsWrongIsToldInsideOfIt(String input, String field, String hint) {
    JsonNode error = api.error(OPEN, "{\"input\":" + input + "}");
    assertError(error, "invalid", field);
    assertThat(error.at("/message").asString()).startsWith(field + ": ").contains(hint);
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void everythingThatIsWrongInAnInputIsToldAtOnce() {
    JsonNode error =
        api.error(OPEN, "{\"input\":{\"severity\":\"x\",\"openedAt\":5,\"titel\":\"a\"}}");
    assertError(error, "invalid", "title", "severity", "openedAt", "titel");
  }

  @Test
  void nullIsAsIfAbsent() {
    JsonNode opened =
        api.data(
                """
                mutation ($input: OpenIncidentInput!) {
                  openIncident(input: $input) { severity summary owner labels services occurrences }
                }
                """,
                """
                {"input":{"title":"a","summary":null,"severity":null,"owner":null,"labels":null,
                 "services":null,"dedupKey":null,"openedAt":null,"idempotencyKey":null}}
                """)
            .at("/openIncident");
    assertThat(opened.toString())
        .isEqualTo(
            "{\"severity\":\"MEDIUM\",\"summary\":null,\"owner\":null,\"labels\":{},"
                + "\"services\":[],\"occurrences\":1}");
    JsonNode listed =
        api.data(
            """
            query ($f: IncidentFilter = null, $o: IncidentOrder = null, $n: Int = null, $c: String = null) {
              incidents(filter: $f, orderBy: $o, first: $n, after: $c, last: $n, before: $c) { totalCount }
              incident(id: null) { id }
              incidentByNumber { id }
            }
            """,
            "{\"f\":null,\"o\":null,\"n\":null}");
    assertThat(listed.toString())
        .isEqualTo(
            "{\"incidents\":{\"totalCount\":1},\"incident\":null,\"incidentByNumber\":null}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{nope}",
        "{incidents}",
        "{incident(id: null)}",
        "{incident(nope: 1) {id}}",
        "mutation {openIncident {id}}",
        "query ($a: Nope) {__typename}",
        "query ($a: Int) {__typename}",
        "{__typename @nope}",
        "{a: incident {id} a: incidentByNumber {id}}",
        "type A {b: Int}",
        "{__typename \u0000}",
        "mutation {openIncident(input: {title: \"\\ud800\"}) {id}}",
        "mutation {openIncident(input: {title: \"a\"}) {nope}}",
      })
  void aDocumentThatIsNoneIsAnInvalidRequestAndDoesNothing(String query) {
    assertError(api.error(query, "{}"), "invalid");
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void anEmptyDocumentIsAMissingOne() {
    assertError(api.error("", "{}"), "invalid", "query");
  }

  @Test
  void aLongLiteralIsNotQuotedBack() {
    String text = "x".repeat(100_000);
    String answer =
        api.graphql("{incident(id: \"%s\") {id}}".formatted(text), "{}").text()
            + api.graphql("{incidents(first: %s) {nodes {id}}}".formatted(text), "{}").text()
            + api.graphql("{%s}".formatted(text), "{}").text();
    assertThat(answer).hasSizeLessThan(5_000);
  }

  @Test
  void aServiceThatFailsAFieldNamesItsPathAndLeavesNoData() {
    JsonNode answer =
        api.graphql(
                """
                mutation {
                  openIncident(input: {title: "kept"}) { id }
                  transitionIncident(input: {id: "01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51", status: OPEN}) { id }
                }
                """,
                "{}")
            .expect(200)
            .body();
    assertThat(answer.at("/data").isNull()).isTrue();
    assertThat(answer.at("/errors/0/path/0").asString()).isEqualTo("transitionIncident");
    assertError(answer.at("/errors/0"), "not_found");
    assertThat(answer.at("/errors").size()).isEqualTo(1);
  }
}
