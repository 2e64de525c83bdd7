package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Empty texts, names of labels, normal forms and lists, as other systems send them. */
@ExtendWith(RunningService.class)
class InputFormsTest {

  private static final String INCIDENTS = "/api/v1/incidents";

  /** With a combining accent, as file systems of macOS write it. */
  private static final String DECOMPOSED = "cafe\u0301";

  private static final String COMPOSED = "caf\u00e9";

  private final Service service;
  private final Api api;

  InputFormsTest(Service service) {
    this.service = service;
    this.api = service.admin();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"summary\":\"\"",
        "\"summary\":\"  \"",
        "\"owner\":\"\"",
        "\"severity\":\"\"",
        "\"labels\":{\"pod\":\"\"}",
        "\"services\":[\"\"]",
        "\"dedup_key\":\"\"",
        "\"opened_at\":\"\"",
      })
  void anEmptyOptionalTextIsAsAbsent(String member) {
    Response opened = api.post(INCIDENTS, "{\"title\":\"Disk full\"," + member + "}").expect(201);
    assertThat(opened.at("summary").isNull()).isTrue();
    assertThat(opened.at("owner").isNull()).isTrue();
    assertThat(opened.at("labels").isEmpty()).isTrue();
    assertThat(opened.at("services").isEmpty()).isTrue();
    assertThat(opened.at("dedup_key").isNull()).isTrue();
    assertThat(opened.text("severity")).isEqualTo("medium");
  }

  @Test
  void anEmptyTitleIsRefused() {
    assertThat(api.post(INCIDENTS, "{\"title\":\"\"}").expect(422).text("detail"))
        .isEqualTo("title: must not be empty");
    assertThat(
            api.patch(INCIDENTS + "/" + api.open("Kept"), "{\"title\":\" \"}")
                .expect(422)
                .text("detail"))
        .isEqualTo("title: must not be empty");
  }

  @Test
  void labelsAreNamedAsInPrometheusAndGrafana() {
    String labels =
        "{\"job\":\"node\",\"__alert_rule_uid__\":\"a1\",\"_team\":\"db\",\"größe\":\"5\"}";
    Response opened =
        api.post(INCIDENTS, "{\"title\":\"Disk full\",\"labels\":" + labels + "}").expect(201);
    assertThat(opened.at("labels").size()).isEqualTo(4);
    for (String query :
        List.of("label.__alert_rule_uid__=a1", "label=_team:db", "label=_team:db&label=job:node")) {
      assertThat(api.get(INCIDENTS + "?" + query).expect(200).at("incidents").size())
          .as(query)
          .isEqualTo(1);
    }
    assertThat(api.get(INCIDENTS + "?label=_team:pay").expect(200).at("incidents").size()).isZero();
  }

  @Test
  void theMessageNamesTheLabel() {
    assertThat(
            api.post(INCIDENTS, "{\"title\":\"t\",\"labels\":{\"pod\":5}}")
                .expect(422)
                .text("detail"))
        .isEqualTo("labels.pod: must be text");
    assertThat(
            api.post(INCIDENTS, "{\"title\":\"t\",\"labels\":{\"a\\tb\":\"x\"}}")
                .expect(422)
                .text("detail"))
        .contains("labels.a\\u0009b: the name of a label must not contain control characters");
  }

  @Test
  void textIsStoredAndComparedInOneNormalForm() {
    api.post(
            INCIDENTS,
            "{\"title\":\"%1$s kaputt\",\"owner\":\"%1$s\",\"services\":[\"%1$s\"],\"dedup_key\":\"%1$s\",\"labels\":{\"%1$s\":\"%1$s\"}}"
                .formatted(DECOMPOSED))
        .expect(201);
    for (String form : List.of(COMPOSED, DECOMPOSED)) {
      String text = URLEncoder.encode(form, StandardCharsets.UTF_8);
      for (String query :
          List.of(
              "q=" + text,
              "owner=" + text,
              "service=" + text,
              "dedup_key=" + text,
              "label." + text + "=" + text)) {
        assertThat(api.get(INCIDENTS + "?" + query).expect(200).at("incidents").size())
            .as(query)
            .isEqualTo(1);
      }
      assertThat(
              api.data(
                      "query ($o: [String!]) { incidents(filter: {owner: $o}) { totalCount } }",
                      "{\"o\":[\"" + form + "\"]}")
                  .at("/incidents/totalCount")
                  .asInt())
          .isEqualTo(1);
    }
    assertThat(
            api.post(INCIDENTS, "{\"title\":\"again\",\"dedup_key\":\"" + COMPOSED + "\"}")
                .expect(200)
                .text("title"))
        .isEqualTo(COMPOSED + " kaputt");
  }

  @Test
  void listsAreRepeatedOrDividedByCommas() {
    for (String owner : List.of("Meier, Ana", "ben", "carl")) {
      api.post(INCIDENTS, "{\"title\":\"t\",\"owner\":\"" + owner + "\"}").expect(201);
    }
    assertThat(owners("owner=Meier,%20Ana")).containsExactly("Meier, Ana");
    assertThat(owners("owner=%22Meier,%20Ana%22")).containsExactly("Meier, Ana");
    assertThat(owners("owner=ben&owner=carl")).containsExactlyInAnyOrder("ben", "carl");
    assertThat(owners("owner=ben,carl")).containsExactlyInAnyOrder("ben", "carl");
    assertThat(owners("status=open&status=closed&owner=ben")).containsExactly("ben");
  }

  private List<String> owners(String query) {
    List<String> owners = new ArrayList<>();
    api.get(INCIDENTS + "?" + query)
        .expect(200)
        .at("incidents")
        .forEach(incident -> owners.add(incident.get("owner").asString()));
    return owners;
  }

  @Test
  void aSearchForANumberFindsIt() {
    String first = api.open("First");
    api.open("See #1");
    assertThat(api.get(INCIDENTS + "?q=%231").expect(200).at("incidents").size()).isEqualTo(2);
    assertThat(api.get(INCIDENTS + "?q=%231&sort=opened_at_asc").expect(200).text("incidents/0/id"))
        .isEqualTo(first);
  }

  @Test
  void changesCanBeFollowedInAscendingOrder() {
    String first = api.open("First");
    String second = api.open("Second");
    api.patch(INCIDENTS + "/" + first, "{\"owner\":\"ana\"}").expect(200);
    Response page = api.get(INCIDENTS + "?sort=updated_at_asc&limit=1").expect(200);
    assertThat(page.text("incidents/0/id")).isEqualTo(second);
    assertThat(
            api.get(INCIDENTS + "?sort=updated_at_asc&cursor=" + page.text("next_cursor"))
                .expect(200)
                .text("incidents/0/id"))
        .isEqualTo(first);
  }

  @Test
  void anUnencodedPlusInATimeIsExplained() {
    assertThat(
            api.get(INCIDENTS + "?opened_after=2026-01-01T00:00:00+02:00")
                .expect(400)
                .text("detail"))
        .contains("write + as %2B");
  }

  /** By a socket: Java's client sends no other characters than those of ASCII. */
  @ParameterizedTest
  @ValueSource(strings = {"Jörg", "Åse", "李雷"})
  void theNamesInHeadersAreUtf8InBothDirections(String name) throws IOException {
    String head =
        """
        GET /auth/verify HTTP/1.1
        Host: localhost
        Connection: close
        Authorization: Bearer %s
        X-Hasura-Role: user
        X-Hasura-Source-Account-Id: %s
        X-Hasura-User-Id: %s

        """
            .formatted(Service.TOKEN, name, name)
            .replace("\n", "\r\n");
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      String response = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(response)
          .startsWith("HTTP/1.1 204")
          .contains("X-Hasura-User-Id: " + name + "\r\n")
          .contains("X-Hasura-Source-Account-Id: " + name + "\r\n");
    }
  }
}
