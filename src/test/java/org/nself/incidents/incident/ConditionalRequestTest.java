package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

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

/** ETag, If-Match and If-None-Match (RFC 9110, 13.1). */
@ExtendWith(RunningService.class)
class ConditionalRequestTest {

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;

  ConditionalRequestTest(Service service) {
    this.service = service;
    this.api = service.as(account, "user");
    this.incident = "/api/v1/incidents/" + api.open("Edited by two");
  }

  @Test
  void aChangeOfAStaleVersionIsRejected() {
    String read = tag(api.get(incident));
    api.header("If-Match", read).patch(incident, "{\"owner\":\"ana\"}").expect(200);
    Map<String, String> before = AccountRows.of(service, account);
    assertProblem(
        api.header("If-Match", read).patch(incident, "{\"owner\":\"bea\"}"),
        412,
        "precondition_failed");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void theETagOfAResponseIsValidForTheNextChange() {
    String tag = tag(api.post("/api/v1/incidents", "{\"title\":\"a\"}"));
    String path = "/api/v1/incidents/2";
    for (int i = 0; i < 3; i++) {
      tag = tag(api.header("If-Match", tag).patch(path, "{\"owner\":\"o%d\"}".formatted(i)));
    }
    assertThat(tag).isEqualTo("\"4\"");
  }

  @Test
  void aNoteOrARepeatedAlertDoesNotInvalidateTheETag() {
    Response opened =
        api.post("/api/v1/incidents", "{\"title\":\"a\",\"dedup_key\":\"k\"}").expect(201);
    String path = "/api/v1/incidents/" + opened.text("id");
    String read = tag(api.get(path));
    api.post(path + "/timeline", "{\"message\":\"a note\"}").expect(201);
    api.post("/api/v1/incidents", "{\"title\":\"a\",\"dedup_key\":\"k\"}").expect(200);
    assertThat(tag(api.get(path))).as("the tag after them").isNotEqualTo(read);
    api.header("If-Match", read).patch(path, "{\"owner\":\"ana\"}").expect(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        " * ",
        "\"1\"",
        "W/\"1\"",
        "\"1.1.1\"",
        "\"7\", \"1\"",
        "\"1\",\"7\"",
        "W/\"9\" , W/\"1\"",
        "\"other\", \"1\""
      })
  void aListOfETagsWithTheCurrentOneIsAccepted(String ifMatch) {
    api.header("If-Match", ifMatch).patch(incident, "{\"owner\":\"ana\"}").expect(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"2\"",
        "\"0\"",
        "\"-1\"",
        "\"01\"",
        "\"2\", \"3\"",
        "1",
        "\"\"",
        "\"x\"",
        "nonsense",
        ",",
        "\"99999999999999999999\"",
        "\"1",
        "w/\"1\""
      })
  void aStaleOrMalformedETagIsRejected(String ifMatch) {
    Map<String, String> before = AccountRows.of(service, account);
    assertProblem(
        api.header("If-Match", ifMatch).patch(incident, "{\"owner\":\"ana\"}"),
        412,
        "precondition_failed");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void aConditionalChangeOfAMissingIncidentIsNotFound() {
    assertProblem(
        api.header("If-Match", "\"1\"").patch("/api/v1/incidents/99", "{\"owner\":\"ana\"}"),
        404,
        "not_found");
  }

  @Test
  void anInvalidBodyIsReportedBeforeAStaleVersion() {
    assertProblem(
        api.header("If-Match", "\"7\"").patch(incident, "{\"owner\":5}"), 422, "invalid", "owner");
  }

  @Test
  void aMatchingIfNoneMatchIsAnsweredWith304() {
    String tag = tag(api.get(incident));
    for (String known : new String[] {tag, "W/" + tag, "\"x\", " + tag, "*"}) {
      Response same = api.header("If-None-Match", known).get(incident).expect(304);
      assertThat(same.text()).isEmpty();
      assertThat(same.header("ETag")).isEqualTo(tag);
    }
    api.header("If-None-Match", "\"x\"").get(incident).expect(200);
    api.post(incident + "/timeline", "{\"message\":\"news\"}").expect(201);
    api.header("If-None-Match", tag).get(incident).expect(200);
  }

  @Test
  void graphqlChecksTheExpectedVersion() {
    String change =
        """
        mutation ($input: UpdateIncidentInput!) { updateIncident(input: $input) { version } }
        """;
    String id = api.get(incident).text("id");
    String input = "{\"input\":{\"id\":\"%s\",\"owner\":\"ana\",\"expectedVersion\":%d}}";
    assertThat(api.data(change, input.formatted(id, 1)).at("/updateIncident/version").asInt())
        .isEqualTo(2);
    assertThat(api.error(change, input.formatted(id, 1)).at("/extensions/code").asString())
        .isEqualTo("precondition_failed");
    assertThat(api.error(change, input.formatted(id, 0)).at("/extensions/field").asString())
        .isEqualTo("expectedVersion");
  }

  private static String tag(Response response) {
    return String.valueOf(response.header("ETag"));
  }
}
