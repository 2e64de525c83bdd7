package org.nself.incidents.timeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nself.incidents.testing.Refusal.assertError;

import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** What the owner of the database and the service's role can do, and what finds it. */
@ExtendWith(RunningService.class)
class TamperingTest {

  private static final String ANCHORS = "/api/v1/timeline-anchors";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;
  private final String timeline;

  TamperingTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.incident = api.open("Watched");
    this.timeline = "/api/v1/incidents/" + incident + "/timeline";
    for (int i = 2; i <= 5; i++) {
      api.post(timeline, "{\"message\":\"Note " + i + "\"}").expect(201);
    }
  }

  @Test
  void theServiceRoleCannotRedactARowByItself() {
    assertThatThrownBy(
            () ->
                sql(
                    "set role nself_incident_mgmt; update np_incident_timeline set redacted = true,"
                        + " message = null, data = null, salt = null where incident_id = '%2$s'"))
        .hasMessageContaining("permission denied");
    assertFindings(verification(""));
  }

  @Test
  void theRedactingFunctionServesTheAccountOfTheTransactionOnly() {
    assertThatThrownBy(
            () ->
                sql(
                    "begin; select set_config('app.source_account_id', 'another', true); select"
                        + " np_incident_timeline_redact('%1$s', '%2$s', 2, gen_random_uuid(), 'x',"
                        + " null); commit"))
        .hasMessageContaining("not that of the transaction");
  }

  @Test
  void aTextThatWasRemovedWithoutTheEventThatSaysByWhomIsFound() throws SQLException {
    sql(
        "update np_incident_timeline set redacted = true, message = null, data = null, salt = null"
            + " where source_account_id = '%1$s' and incident_id = '%2$s' and seq in (2, 4)");
    assertFindings(verification(""), "2 redacted_without_event", "4 redacted_without_event");
  }

  @Test
  void aRedactionByTheApiIsAccepted() {
    redact(2);
    redact(6);
    assertFindings(verification(""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          update np_incident_timeline set position = position + 1000000 where seq = 1 | 2 out_of_order
          update np_incident_timeline set data = 'null' where seq = 3                 | 3 changed
          delete from np_incident_timeline where true                                 | 1 missing
          """)
  void verificationFindsByItself(String statement, String finding) throws SQLException {
    tamper(statement);
    assertFindings(verification(""), finding);
  }

  @Test
  void anIncidentWhoseTimelineWasRemovedWithItsHeadIsFound() throws SQLException {
    tamper("delete from np_incident_timeline where true");
    tamper("delete from np_incident_timeline_heads where true");
    assertFindings(verification(""), "1 missing");
  }

  @Test
  void jsonNullIsStoredAsNoData() throws SQLException {
    sql(
        "insert into np_incident_timeline (source_account_id, incident_id, message, data) values"
            + " ('%1$s', '%2$s', 'by hand', 'null')");
    assertFindings(verification(""));
  }

  @Test
  void aKeptStatementFindsACutEndWhoseHeadWasSetBack() throws SQLException {
    String anchor = anchor();
    cutAfter(3);
    assertFindings(verification(""));
    assertFindings(verification(anchor), "5 missing");
    assertFindings(graphQlVerification(anchor), "5 MISSING");
  }

  @Test
  void aKeptStatementFindsARecomputedChain() throws SQLException {
    String anchor = anchor();
    tamper("delete from np_incident_timeline where true");
    tamper("delete from np_incident_timeline_heads where true");
    for (int i = 1; i <= 7; i++) {
      sql(
          "insert into np_incident_timeline (source_account_id, incident_id, kind, message, actor,"
              + " occurred_at) values ('%1$s', '%2$s', 'note', 'All was well', 'u', '2026-01-01')");
    }
    assertFindings(verification(""));
    assertFindings(verification(anchor), "5 differs_from_anchor");
    assertFindings(graphQlVerification(anchor), "5 DIFFERS_FROM_ANCHOR");
  }

  @Test
  void aKeptStatementFindsAnEventThatClaimsToBeOlderThanItIs() throws SQLException {
    String anchor = anchor();
    api.post(timeline, "{\"message\":\"Later\"}").expect(201);
    assertFindings(verification(anchor));
    tamper(
        "update np_incident_timeline set recorded_at = recorded_at - interval '1 hour' where seq ="
            + " 6");
    tamper(
        "update np_incident_timeline event set hash = sha256((select hash from np_incident_timeline"
            + " before where before.incident_id = event.incident_id and before.seq = 5) ||"
            + " int4send(6) || np_incident_timeline_event_hash(event)) where seq = 6");
    tamper(
        "update np_incident_timeline_heads set hash = (select hash from np_incident_timeline event"
            + " where event.incident_id = np_incident_timeline_heads.incident_id and event.seq = 6)"
            + " where true");
    assertFindings(verification(""));
    assertFindings(verification(anchor), "6 backdated");
  }

  @Test
  void aTimelineThatGrewMatchesAnOlderStatement() {
    String anchor = anchor();
    redact(2);
    api.post(timeline, "{\"message\":\"Later\"}").expect(201);
    assertFindings(verification(anchor));
    assertFindings(graphQlVerification(anchor));
  }

  @Test
  void aStatementCanBeVerifiedWithoutTheService() throws Exception {
    JsonNode anchor = api.get(ANCHORS + "?incident_id=" + incident).expect(200).at("anchors/0");
    JsonNode key = api.get(ANCHORS + "/keys").expect(200).at("keys/0");
    JWSObject statement = JWSObject.parse(anchor.get("statement").asString());
    OctetKeyPair jwk = JWK.parse(key.toString()).toOctetKeyPair();
    assertThat(HexFormat.of().formatHex(jwk.getDecodedX()))
        .as("the public key of the test vector")
        .isEqualTo("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assertThat(statement.getHeader().getKeyID()).isEqualTo(jwk.computeThumbprint().toString());
    Signature signature = Signature.getInstance("Ed25519");
    signature.initVerify(
        KeyFactory.getInstance("Ed25519")
            .generatePublic(
                new X509EncodedKeySpec(
                    HexFormat.of()
                        .parseHex(
                            "302a300506032b6570032100"
                                + HexFormat.of().formatHex(jwk.getDecodedX())))));
    signature.update(statement.getSigningInput());
    assertThat(signature.verify(statement.getSignature().decode())).isTrue();
    Map<String, Object> payload = statement.getPayload().toJSONObject();
    assertThat(payload)
        .containsEntry("account", account)
        .containsEntry("incident", incident)
        .containsEntry("seq", 5L)
        .containsEntry("hash", anchor.get("hash").asString())
        .containsEntry("time", anchor.get("time").asString());
    assertThat(anchor.get("hash").asString())
        .isEqualTo(verification("").get("head_hash").asString());
  }

  @Test
  void pagesHaveEveryTimelineOfTheAccount() {
    List<String> incidents = new ArrayList<>(List.of(incident, api.open("Two"), api.open("Three")));
    List<String> seen = new ArrayList<>();
    Response page = api.get(ANCHORS + "?limit=2").expect(200);
    page.at("anchors").forEach(anchor -> seen.add(anchor.get("incident_id").asString()));
    page = api.get(ANCHORS + "?limit=2&cursor=" + page.text("next_cursor")).expect(200);
    page.at("anchors").forEach(anchor -> seen.add(anchor.get("incident_id").asString()));
    assertThat(page.at("next_cursor").isNull()).isTrue();
    assertThat(seen).containsExactlyInAnyOrderElementsOf(incidents);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."})
  void whatTheServiceDidNotSignIsRefused(String statement) {
    Response refused = api.get(timeline + "/verification?anchor=" + statement).expect(400);
    assertThat(refused.text("detail")).contains("anchor: is not a statement that was signed");
    assertError(graphQlError(statement), "invalid", "anchor");
  }

  @Test
  void aChangedStatementIsRefused() {
    String[] parts = anchor().split("\\.", -1);
    String forged =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(
                new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                    .replace("\"seq\":5", "\"seq\":4")
                    .getBytes(StandardCharsets.UTF_8));
    api.get(timeline + "/verification?anchor=" + parts[0] + "." + forged + "." + parts[2])
        .expect(400);
  }

  @Test
  void aStatementAboutAnotherIncidentOrAccountIsRefused() {
    String anchor = anchor();
    String other = api.open("Another");
    assertThat(
            api.get("/api/v1/incidents/" + other + "/timeline/verification?anchor=" + anchor)
                .expect(400)
                .text("detail"))
        .contains("about another incident");
    Api stranger = service.admin();
    String theirs = stranger.open("Theirs");
    assertThat(
            stranger
                .get("/api/v1/incidents/" + theirs + "/timeline/verification?anchor=" + anchor)
                .expect(400)
                .text("detail"))
        .contains("about another account");
    assertThat(stranger.get(ANCHORS + "?incident_id=" + incident).expect(200).at("anchors"))
        .isEmpty();
  }

  private String anchor() {
    return api.get(ANCHORS + "?incident_id=" + incident).expect(200).text("anchors/0/statement");
  }

  private JsonNode verification(String anchor) {
    return api.get(timeline + "/verification" + (anchor.isEmpty() ? "" : "?anchor=" + anchor))
        .expect(200)
        .body();
  }

  private static final String QUERY =
      "query ($id: UUID, $anchor: String) { incident(id: $id) { timelineVerification(anchor:"
          + " $anchor) { intact first_broken_seq: firstBrokenSeq findings { seq problem } } } }";

  private JsonNode graphQlVerification(String anchor) {
    return api.data(QUERY, variables(anchor)).at("/incident/timelineVerification");
  }

  private JsonNode graphQlError(String anchor) {
    return api.error(QUERY, variables(anchor));
  }

  private String variables(String anchor) {
    return "{\"id\":\"%s\",\"anchor\":\"%s\"}".formatted(incident, anchor);
  }

  private static void assertFindings(JsonNode verification, String... findings) {
    List<String> found = new ArrayList<>();
    verification
        .get("findings")
        .forEach(
            finding ->
                found.add(finding.get("seq").asInt() + " " + finding.get("problem").asString()));
    assertThat(found).containsExactly(findings);
    assertThat(verification.get("intact").asBoolean()).isEqualTo(findings.length == 0);
    assertThat(verification.get("first_broken_seq").isNull()).isEqualTo(findings.length == 0);
  }

  private void redact(int seq) {
    api.data(
        "mutation ($input: RedactTimelineEventInput!) { redactTimelineEvent(input: $input) { seq"
            + " } }",
        "{\"input\":{\"incidentId\":\"%s\",\"seq\":%d}}".formatted(incident, seq));
  }

  private void cutAfter(int seq) throws SQLException {
    tamper("delete from np_incident_timeline where seq > " + seq);
    tamper(
        "update np_incident_timeline_heads set seq = %1$d, hash = (select hash from np_incident_timeline event where event.incident_id = np_incident_timeline_heads.incident_id and event.seq = %1$d) where true"
            .formatted(seq));
  }

  /** As a superuser with triggers disabled; the account and the incident are added. */
  private void tamper(String statement) throws SQLException {
    sql(
        "set session_replication_role = replica; "
            + statement
            + " and source_account_id = '%1$s' and incident_id = '%2$s'");
  }

  private void sql(String statement) throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement sql = connection.createStatement()) {
      sql.execute(statement.formatted(account, incident));
    }
  }
}
