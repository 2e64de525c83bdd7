package org.nself.incidents.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Corrected and redacted events, and detection of tampering. */
@ExtendWith(RunningService.class)
class CorrectionTest {

  private static final String EVENT =
      "{ id seq kind message data actor occurredAt supersedes redacted hash }";

  private static final String CORRECT =
      "mutation ($input: CorrectTimelineEventInput!) { correctTimelineEvent(input: $input) "
          + EVENT
          + " }";

  private static final String REDACT =
      "mutation ($input: RedactTimelineEventInput!) { redactTimelineEvent(input: $input) "
          + EVENT
          + " }";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;
  private final JsonNode original;

  CorrectionTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.incident = api.open("Mistaken");
    this.original =
        api.post(
                "/api/v1/incidents/" + incident + "/timeline",
                """
                {"message":"The password is hunter2","data":{"password":"hunter2"},
                 "occurred_at":"2026-01-01T00:00:00Z"}
                """)
            .expect(201)
            .body();
  }

  @Test
  void aCorrectionIsAppendedAndTheOriginalStays() {
    JsonNode correction = correct("\"message\":\"It was the database\",\"data\":{\"a\":1}");
    assertThat(correction.get("seq").asInt()).isEqualTo(3);
    assertThat(correction.get("kind").asString()).isEqualTo("corrected");
    assertThat(correction.get("supersedes").asInt()).isEqualTo(2);
    assertThat(correction.get("message").asString()).isEqualTo("It was the database");
    assertThat(correction.get("occurredAt").asString())
        .as("the time of the original")
        .isEqualTo("2026-01-01T00:00:00.000000Z");
    assertThat(events().get(1)).isEqualTo(original);
    assertThat(
            correct("\"message\":\"Earlier\",\"occurredAt\":\"2025-12-31T00:00:00Z\"")
                .get("occurredAt")
                .asString())
        .isEqualTo("2025-12-31T00:00:00.000000Z");
    assertIntact(4);
  }

  @Test
  void aRedactionRemovesTheTextAndKeepsSeqAndHash() throws SQLException {
    String hash = original.get("hash").asString();
    JsonNode redacted = redact("\"reason\":\"a password\"");
    assertThat(redacted.get("seq").asInt()).isEqualTo(2);
    assertThat(redacted.get("redacted").asBoolean()).isTrue();
    assertThat(redacted.get("message").isNull()).isTrue();
    assertThat(redacted.get("data").isNull()).isTrue();
    assertThat(redacted.get("hash").asString()).isEqualTo(hash);
    assertThat(redacted.get("kind").asString()).isEqualTo("note");
    JsonNode record = events().get(2);
    assertThat(record.get("kind").asString()).isEqualTo("redacted");
    assertThat(record.get("supersedes").asInt()).isEqualTo(2);
    assertThat(record.get("message").asString()).isEqualTo("a password");
    assertThat(record.get("actor").asString()).isEqualTo("admin@" + account);
    assertThat(AccountRows.of(service, account).toString()).doesNotContain("hunter2");
    assertIntact(3);
  }

  @Test
  void redactingAgainChangesNothing() {
    JsonNode once = redact("\"reason\":\"a password\"");
    Map<String, String> before = AccountRows.of(service, account);
    assertThat(redact("\"reason\":\"again\"")).isEqualTo(once);
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aRedactedEventCanBeCorrectedAndACorrectionRedacted() {
    redact("\"reason\":null");
    assertThat(correct("\"message\":\"Without the password\"").get("supersedes").asInt())
        .isEqualTo(2);
    JsonNode redacted =
        api.data(REDACT, "{\"input\":{\"incidentId\":\"%s\",\"seq\":4}}".formatted(incident))
            .at("/redactTimelineEvent");
    assertThat(redacted.get("redacted").asBoolean()).isTrue();
    assertThat(redacted.get("supersedes").asInt()).isEqualTo(2);
    assertIntact(5);
  }

  @Test
  void theSystemsOwnEventsCanBeRedactedToo() {
    JsonNode opened =
        api.data(REDACT, "{\"input\":{\"incidentId\":\"%s\",\"seq\":1}}".formatted(incident))
            .at("/redactTimelineEvent");
    assertThat(opened.get("kind").asString()).isEqualTo("opened");
    assertThat(opened.get("message").isNull()).isTrue();
    assertIntact(3);
  }

  @Test
  void onlyAnAdminRedacts() {
    for (String role : new String[] {"viewer", "user", "responder"}) {
      assertError(
          service
              .as(account, role)
              .error(REDACT, "{\"input\":{\"incidentId\":\"%s\",\"seq\":2}}".formatted(incident)),
          "forbidden");
    }
    assertThat(events().get(1)).isEqualTo(original);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3", "2147483647"})
  void anUnknownEventIsNotFound(String seq) {
    String input = "\"incidentId\":\"%s\",\"seq\":%s".formatted(incident, seq);
    assertError(api.error(CORRECT, "{\"input\":{" + input + ",\"message\":\"m\"}}"), "not_found");
    assertError(api.error(REDACT, "{\"input\":{" + input + "}}"), "not_found");
  }

  @Test
  void anotherAccountsEventIsNotFound() {
    Api stranger = service.admin();
    String input = "\"incidentId\":\"%s\",\"seq\":2".formatted(incident);
    assertError(
        stranger.error(CORRECT, "{\"input\":{" + input + ",\"message\":\"m\"}}"), "not_found");
    assertError(stranger.error(REDACT, "{\"input\":{" + input + "}}"), "not_found");
    assertThat(events().size()).isEqualTo(2);
  }

  @Test
  void theErrorNamesTheInvalidField() {
    String id = "\"incidentId\":\"" + incident + "\"";
    assertError(
        api.error(CORRECT, "{\"input\":{" + id + ",\"seq\":0,\"message\":\"\"}}"),
        "invalid",
        "seq",
        "message");
    assertError(
        api.error(CORRECT, "{\"input\":{" + id + ",\"seq\":\"2\"}}"), "invalid", "seq", "message");
    assertError(api.error(REDACT, "{\"input\":{" + id + ",\"seq\":-1}}"), "invalid", "seq");
    assertError(
        api.error(
            REDACT, "{\"input\":{" + id + ",\"seq\":2,\"reason\":\"" + "r".repeat(2_001) + "\"}}"),
        "invalid",
        "reason");
    assertThat(events().size()).isEqualTo(2);
  }

  @Test
  void anIdempotencyKeyCorrectsAndRedactsOnce() {
    JsonNode once = correct("\"message\":\"m\",\"idempotencyKey\":\"c\"");
    assertThat(correct("\"message\":\"m\",\"idempotencyKey\":\"c\"")).isEqualTo(once);
    redact("\"idempotencyKey\":\"r\"");
    redact("\"idempotencyKey\":\"r\"");
    assertThat(events().size()).isEqualTo(4);
  }

  /** A superuser can disable triggers; then the hashes reveal the change. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "update np_incident_timeline set message = 'All is well' where seq = 2",
        "update np_incident_timeline set data = null where seq = 2",
        "update np_incident_timeline set hash = sha256('x') where seq = 2",
        "update np_incident_timeline set content_hash = sha256('x') where seq = 2",
        "delete from np_incident_timeline where seq = 2",
        "update np_incident_timeline_heads set seq = 9 where true",
      })
  void tamperingIsDetected(String statement) throws SQLException {
    api.post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"later\"}").expect(201);
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement sql = connection.createStatement()) {
      sql.execute(
          "set session_replication_role = replica; %s and source_account_id = '%s' and incident_id = '%s'"
              .formatted(statement, account, incident));
    }
    JsonNode verification = verification();
    assertThat(verification.get("intact").asBoolean()).isFalse();
    assertThat(verification.get("firstBrokenSeq").asInt())
        .isEqualTo(statement.contains("heads") ? 4 : statement.startsWith("delete") ? 3 : 2);
  }

  /** In a database of its own, because nobody can read the table while a check is dropped. */
  @Test
  void aTextThatReplacesARedactedOneIsDetected(TestPostgres postgres) throws SQLException {
    try (Service alone = Service.start(postgres.createDatabase(), Map.of())) {
      new CorrectionTest(alone).replaceRedactedText();
    }
  }

  private void replaceRedactedText() throws SQLException {
    redact("\"reason\":\"a password\"");
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement sql = connection.createStatement()) {
      connection.setAutoCommit(false);
      sql.execute(
          """
          set local session_replication_role = replica;
          alter table np_incident_timeline drop constraint np_incident_timeline_redacted_empty;
          update np_incident_timeline set message = 'All is well'
          where source_account_id = '%1$s' and incident_id = '%2$s' and seq = 2
          """
              .formatted(account, incident));
      try (ResultSet row =
          sql.executeQuery(
              "select intact, first_broken_seq from np_incident_timeline_verify('%s', '%s')"
                  .formatted(account, incident))) {
        row.next();
        assertThat(row.getBoolean("intact")).isFalse();
        assertThat(row.getInt("first_broken_seq")).isEqualTo(2);
      }
      connection.rollback();
    }
  }

  private void assertIntact(int events) {
    JsonNode verification = verification();
    assertThat(verification.get("intact").asBoolean()).as(verification.toString()).isTrue();
    assertThat(verification.get("events").asInt()).isEqualTo(events);
    assertThat(verification.get("firstBrokenSeq").isNull()).isTrue();
    assertThat(verification.get("headHash").asString())
        .isEqualTo(events().get(events - 1).get("hash").asString());
  }

  private JsonNode verification() {
    return api.data(
            "query ($id: UUID) { incident(id: $id) {"
                + " timelineVerification { intact events firstBrokenSeq headHash } } }",
            "{\"id\":\"" + incident + "\"}")
        .at("/incident/timelineVerification");
  }

  private JsonNode correct(String more) {
    return api.data(
            CORRECT, "{\"input\":{\"incidentId\":\"%s\",\"seq\":2,%s}}".formatted(incident, more))
        .at("/correctTimelineEvent");
  }

  private JsonNode redact(String more) {
    return api.data(
            REDACT, "{\"input\":{\"incidentId\":\"%s\",\"seq\":2,%s}}".formatted(incident, more))
        .at("/redactTimelineEvent");
  }

  private JsonNode events() {
    return api.get("/api/v1/incidents/" + incident + "/timeline").expect(200).at("timeline");
  }
}
