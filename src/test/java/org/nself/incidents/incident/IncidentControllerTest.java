package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

import java.util.List;
import java.util.Map;
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

@ExtendWith(RunningService.class)
class IncidentControllerTest {

  private static final String INCIDENTS = "/api/v1/incidents";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  IncidentControllerTest(Service service) {
    this.service = service;
    this.api = service.as(account, "responder");
  }

  @Test
  void openingReturns201WithLocationAndETag() {
    Response opened =
        api.post(INCIDENTS, "{\"title\":\"Checkout is down\",\"severity\":\"SEV1\"}").expect(201);
    assertThat(opened.header("Location")).isEqualTo(INCIDENTS + "/" + opened.text("id"));
    assertThat(opened.header("ETag")).isEqualTo("\"1\"");
    assertThat(opened.text("severity")).isEqualTo("critical");
    assertThat(opened.at("number").asInt()).isEqualTo(1);
  }

  @Test
  void everyGivenFieldIsStored() {
    Response opened =
        api.post(
                INCIDENTS,
                """
                {"title":"Pagos caídos 💳","summary":"# What we know\\n- nothing","severity":"high",
                 "owner":"ana@example.org","labels":{"region":"eu-west","app.kubernetes.io/name":"shop"},
                 "services":["checkout","payments","checkout"],"dedup_key":"alert/7",
                 "opened_at":"2026-03-01T02:59:07+01:00"}
                """)
            .expect(201);
    Response read = api.get(INCIDENTS + "/" + opened.text("id")).expect(200);
    for (Response response : List.of(opened, read)) {
      assertThat(response.text("title")).isEqualTo("Pagos caídos 💳");
      assertThat(response.text("summary")).isEqualTo("# What we know\n- nothing");
      assertThat(response.text("severity")).isEqualTo("high");
      assertThat(response.text("status")).isEqualTo("open");
      assertThat(response.text("owner")).isEqualTo("ana@example.org");
      assertThat(response.text("opened_by")).isEqualTo("responder@" + account);
      assertThat(response.at("labels").toString())
          .isEqualTo("{\"region\":\"eu-west\",\"app.kubernetes.io/name\":\"shop\"}");
      assertThat(response.at("services").toString()).isEqualTo("[\"checkout\",\"payments\"]");
      assertThat(response.text("dedup_key")).isEqualTo("alert/7");
      assertThat(response.text("opened_at")).isEqualTo("2026-03-01T01:59:07.000000Z");
      assertThat(response.at("occurrences").asInt()).isEqualTo(1);
      assertThat(response.at("version").asInt()).isEqualTo(1);
      assertThat(response.at("reopen_count").asInt()).isZero();
      assertThat(response.text("updated_at")).endsWith("Z").hasSize(27);
    }
    assertThat(read.text("timeline/0/kind")).isEqualTo("opened");
    assertThat(read.text("timeline/0/occurred_at")).isEqualTo("2026-03-01T01:59:07.000000Z");
  }

  @Test
  void fieldsThatAreNotGivenAreNullOrEmptyButPresent() {
    Response opened = api.post(INCIDENTS, "{\"title\":\"Bare\"}").expect(201);
    assertThat(opened.text("severity")).isEqualTo("medium");
    for (String field :
        List.of("summary", "owner", "dedup_key", "merged_into", "acknowledged_at", "closed_at")) {
      assertThat(opened.at(field).isNull()).as(field).isTrue();
    }
    assertThat(opened.at("labels").toString()).isEqualTo("{}");
    assertThat(opened.at("services").toString()).isEqualTo("[]");
  }

  @ParameterizedTest
  @CsvSource({
    "critical, critical",
    "high, high",
    "medium, medium",
    "low, low",
    "info, info",
    "sev1, critical",
    "sev2, high",
    "sev3, medium",
    "sev4, low",
    "sev5, info",
    "p0, critical",
    "p1, critical",
    "p2, high",
    "p3, medium",
    "p4, low",
    "p5, info",
    "major, high",
    "minor, low",
    "warning, medium",
    "error, high",
    "CRITICAL, critical",
    "Sev1, critical",
    "P0, critical",
    "MaJoR, high",
    "WARNING, medium"
  })
  void severityAliasesAreAcceptedInAnyCase(String given, String severity) {
    assertThat(
            api.post(INCIDENTS, "{\"title\":\"a\",\"severity\":\"%s\"}".formatted(given))
                .expect(201)
                .text("severity"))
        .isEqualTo(severity);
    assertThat(api.get(INCIDENTS + "?severity=" + given).expect(200).at("incidents").size())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sev0", "sev6", "p6", "urgent", "kritisch", "crıtıcal"})
  void theErrorForAnUnknownSeverityListsTheKnownOnes(String given) {
    Response refused =
        api.post(INCIDENTS, "{\"title\":\"a\",\"severity\":\"%s\"}".formatted(given));
    assertProblem(refused, 422, "invalid", "severity");
    assertThat(refused.text("detail")).contains("critical, high, medium, low, info");
  }

  @Test
  void anIncidentIsFoundByIdInAnyCaseOrByNumber() {
    String id = api.open("Called");
    for (String name : List.of(id, id.toUpperCase(java.util.Locale.ROOT), "1")) {
      assertThat(api.get(INCIDENTS + "/" + name).expect(200).text("id")).isEqualTo(id);
      assertThat(
              api.patch(INCIDENTS + "/" + name, "{\"owner\":\"%s\"}".formatted(name))
                  .expect(200)
                  .text("id"))
          .isEqualTo(id);
      api.post(INCIDENTS + "/" + name + "/timeline", "{\"message\":\"hm\"}").expect(201);
    }
  }

  @Test
  void anAbsentMemberIsUnchangedAndANullOneIsCleared() {
    String incident = full();
    Response kept = api.patch(incident, "{\"title\":\"Other\"}").expect(200);
    assertThat(kept.text("summary")).isEqualTo("s");
    assertThat(kept.text("owner")).isEqualTo("o");
    Response emptied =
        api.patch(incident, "{\"summary\":null,\"owner\":null,\"labels\":null,\"services\":null}")
            .expect(200);
    assertThat(emptied.at("summary").isNull()).isTrue();
    assertThat(emptied.at("owner").isNull()).isTrue();
    assertThat(emptied.at("labels").toString()).isEqualTo("{}");
    assertThat(emptied.at("services").toString()).isEqualTo("[]");
  }

  @Test
  void requiredFieldsCannotBeNull() {
    String incident = full();
    assertProblem(
        api.patch(incident, "{\"title\":null,\"severity\":null,\"status\":null}"),
        422,
        "invalid",
        "title",
        "severity",
        "status");
  }

  @Test
  void labelsAreMergedByNameAndServicesAreReplaced() {
    String incident = full();
    Response merged =
        api.patch(incident, "{\"labels\":{\"b\":\"3\",\"a\":null,\"d\":\"4\"}}").expect(200);
    assertThat(merged.at("labels").toString()).isEqualTo("{\"b\":\"3\",\"c\":\"c\",\"d\":\"4\"}");
    assertThat(api.patch(incident, "{\"services\":[\"z\"]}").expect(200).at("services").toString())
        .isEqualTo("[\"z\"]");
    assertThat(api.patch(incident, "{\"labels\":{}}").expect(200).at("labels").size())
        .as("labels after a patch of none")
        .isEqualTo(3);
  }

  @Test
  void mergedLabelsAreLimitedTo64() {
    String incident = INCIDENTS + "/" + api.open("Labelled");
    for (int i = 0; i < 64; i++) {
      api.patch(incident, "{\"labels\":{\"l%d\":\"x\"}}".formatted(i)).expect(200);
    }
    Map<String, String> before = AccountRows.of(service, account);
    assertProblem(
        api.patch(incident, "{\"labels\":{\"one-more\":\"x\"}}"), 422, "invalid", "labels");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
    api.patch(incident, "{\"labels\":{\"l0\":null,\"one-more\":\"x\"}}").expect(200);
  }

  @Test
  void aPatchThatChangesNothingKeepsTheVersion() {
    String incident = full();
    Map<String, String> before = AccountRows.of(service, account);
    for (String patch :
        List.of(
            "{}",
            "{\"title\":\"t\"}",
            "{\"severity\":\"SEV3\",\"status\":\"open\",\"owner\":\"o\"}",
            "{\"labels\":{\"a\":\"a\",\"nothing\":null},\"services\":[\"x\",\"y\",\"x\"]}")) {
      assertThat(api.patch(incident, patch).expect(200).header("ETag")).isEqualTo("\"1\"");
    }
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aReasonWithoutAStatusIsRejected() {
    assertProblem(
        api.patch(full(), "{\"title\":\"x\",\"reason\":\"why\"}"), 422, "invalid", "reason");
  }

  @Test
  void theContentTypeOfMergePatchIsAccepted() {
    String incident = full();
    api.send(
            "PATCH",
            incident,
            "{\"owner\":null}".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            "application/merge-patch+json")
        .expect(200);
    assertThat(api.get(incident).at("owner").isNull()).isTrue();
  }

  @Test
  void theDetailHasTheNewestEventsOldestFirst() {
    String incident = full();
    for (int i = 2; i <= 55; i++) {
      api.post(incident + "/timeline", "{\"message\":\"%d\"}".formatted(i)).expect(201);
    }
    Response detail = api.get(incident).expect(200);
    assertThat(detail.at("timeline").size()).isEqualTo(50);
    assertThat(detail.at("timeline/0/seq").asInt()).isEqualTo(6);
    assertThat(detail.at("timeline/49/seq").asInt()).isEqualTo(55);
  }

  @Test
  void theLocationHasTheForwardedPrefix() {
    Response behind =
        api.header("X-Forwarded-Prefix", "/nself-incident-mgmt/")
            .post(INCIDENTS, "{\"title\":\"a\"}")
            .expect(201);
    assertThat(behind.header("Location"))
        .isEqualTo("/nself-incident-mgmt" + INCIDENTS + "/" + behind.text("id"));
    for (String hostile :
        List.of("//evil.example", "https://evil.example", "/a b", "/..//x", "a")) {
      assertThat(
              api.header("X-Forwarded-Prefix", hostile)
                  .post(INCIDENTS, "{\"title\":\"a\"}")
                  .expect(201)
                  .header("Location"))
          .as(hostile)
          .startsWith(INCIDENTS);
    }
  }

  private String full() {
    return INCIDENTS
        + "/"
        + api.post(
                INCIDENTS,
                """
                {"title":"t","summary":"s","owner":"o","labels":{"a":"a","b":"b","c":"c"},
                 "services":["x","y"]}
                """)
            .expect(201)
            .text("id");
  }
}
