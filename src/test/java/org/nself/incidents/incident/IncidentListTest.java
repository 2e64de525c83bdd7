package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Filters of a list. Order and pages are in {@link IncidentPagesTest}. */
@ExtendWith(RunningService.class)
class IncidentListTest {

  private static final String INCIDENTS = "/api/v1/incidents";

  private static final String LIST =
      "query ($filter: IncidentFilter) { incidents(filter: $filter, orderBy: OPENED_AT_ASC) {"
          + " nodes { title } totalCount } }";

  private final Service service;
  private final Api api;

  IncidentListTest(Service service) {
    this.service = service;
    this.api = service.admin();
    open(
        "A",
        "2026-01-01",
        "critical",
        "ana",
        "\"checkout\",\"db\"",
        "\"env\":\"prod\",\"eu\":\"1\"");
    open("B", "2026-01-02", "low", "bea", "\"db\"", "\"env\":\"prod\"");
    open("C", "2026-01-03", "low", "Ana", "\"web\"", "\"env\":\"test\",\"app.io/name\":\"a,b\"");
    api.post(
            INCIDENTS,
            "{\"title\":\"D"
                + " 100%_\\\\\",\"summary\":\"Größe\",\"opened_at\":\"2026-01-04T00:00:00Z\"}")
        .expect(201);
    api.patch(INCIDENTS + "/2", "{\"status\":\"acknowledged\"}").expect(200);
    api.patch(INCIDENTS + "/3", "{\"status\":\"resolved\"}").expect(200);
  }

  private void open(
      String title, String day, String severity, String owner, String services, String labels) {
    api.post(
            INCIDENTS,
            """
            {"title":"%s","opened_at":"%sT00:00:00Z","severity":"%s","owner":"%s","services":[%s],"labels":{%s}}
            """
                .formatted(title, day, severity, owner, services, labels))
        .expect(201);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "status=open | A D",
        "status=open,acknowledged | A B D",
        "status=OPEN, | !",
        "status=closed | ",
        "status= | ",
        "severity=low | B C",
        "severity=sev1,P4 | A B C",
        "severity= | ",
        "owner=ana | A",
        "owner=ana,bea | A B",
        "owner=nobody | ",
        "owner= | ",
        "service=db | A B",
        "service=web,checkout | A C",
        "service=d | ",
        "service= | ",
        "label.env=prod | A B",
        "label.env=prod&label.eu=1 | A",
        "label.env=prod&label.eu=2 | ",
        "label.env=pro | ",
        "label.app.io/name=a,b | C",
        "q=d | D",
        "q=GRÖSSE | ",
        "q=größe | D",
        "q=GRÖßE | D",
        "q=100%25 | D",
        "q=1%25_ | ",
        "q=%25 | D",
        "q=_ | D",
        "q=%5C | D",
        "opened_after=2026-01-03T00:00:00Z | C D",
        "opened_before=2026-01-03T00:00:00Z | A B",
        "opened_after=2026-01-02T00:00:00Z&opened_before=2026-01-04T00:00:00Z | B C",
        "opened_after=2026-01-02T01:00:00%2B01:00 | B C D",
        "status=open&severity=critical&owner=ana&service=db&label.env=prod&q=a | A",
        "status=open&severity=low | ",
      })
  void restListsIncidentsThatMeetAllConditions(String query, String titles) {
    Response response = api.get(INCIDENTS + "?sort=opened_at_asc&" + encoded(query));
    if ("!".equals(titles)) {
      response.expect(400);
      return;
    }
    assertThat(initials(response.expect(200).at("incidents")))
        .isEqualTo(titles == null ? "" : titles);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "null | A B C D",
        "{} | A B C D",
        "{\"status\":null,\"severity\":null,\"owner\":null,\"service\":null,\"labels\":null,\"search\":null}"
            + " | A B C D",
        "{\"status\":[\"OPEN\",\"RESOLVED\"]} | A C D",
        "{\"status\":[]} | ",
        "{\"status\":\"OPEN\"} | A D",
        "{\"severity\":[\"LOW\"]} | B C",
        "{\"severity\":[]} | ",
        "{\"owner\":[\"ana\",\"Ana\"]} | A C",
        "{\"owner\":[]} | ",
        "{\"service\":[\"db\"]} | A B",
        "{\"service\":[]} | ",
        "{\"labels\":{\"env\":\"prod\"}} | A B",
        "{\"labels\":{}} | A B C D",
        "{\"labels\":{\"env\":null}} | A B C D",
        "{\"search\":\"größe\"} | D",
        "{\"openedAfter\":\"2026-01-02T00:00:00Z\",\"openedBefore\":\"2026-01-03T00:00:00Z\"} | B",
        "{\"status\":[\"OPEN\"],\"severity\":[]} | ",
      })
  void graphqlListsIncidentsThatMeetAllConditionsAndAnEmptyListMatchesNothing(
      String filter, String titles) {
    JsonNode list = api.data(LIST, "{\"filter\":" + filter + "}").at("/incidents");
    String expected = titles == null ? "" : titles;
    assertThat(initials(list.get("nodes"))).isEqualTo(expected);
    assertThat(list.get("totalCount").asInt())
        .isEqualTo(expected.isEmpty() ? 0 : expected.split(" ", -1).length);
  }

  @Test
  void updatedAfterListsIncidentsThatChangedLater() {
    String last = api.get(INCIDENTS + "/3").text("updated_at");
    assertThat(initials(list("updated_after=" + last))).isEmpty();
    api.patch(INCIDENTS + "/1", "{\"owner\":\"cleo\"}").expect(200);
    assertThat(initials(list("updated_after=" + last))).isEqualTo("A");
    assertThat(
            initials(
                api.data(LIST, "{\"filter\":{\"updatedAfter\":\"" + last + "\"}}")
                    .at("/incidents/nodes")))
        .isEqualTo("A");
  }

  @Test
  void filtersHaveLimits() {
    String many = "[" + "\"x\",".repeat(100) + "\"y\"]";
    assertError(api.error(LIST, "{\"filter\":{\"owner\":" + many + "}}"), "invalid", "owner");
    assertError(api.error(LIST, "{\"filter\":{\"service\":" + many + "}}"), "invalid", "service");
    assertError(
        api.error(LIST, "{\"filter\":{\"search\":\"" + "x".repeat(201) + "\"}}"),
        "invalid",
        "search");
    assertThat(list("q=" + "x".repeat(200)).size()).isZero();
  }

  @Test
  void anotherAccountsIncidentsAreNotListed() {
    assertThat(service.admin().get(INCIDENTS).expect(200).text())
        .isEqualTo("{\"incidents\":[],\"next_cursor\":null}");
  }

  private JsonNode list(String query) {
    return api.get(INCIDENTS + "?sort=opened_at_asc&" + query).expect(200).at("incidents");
  }

  private static String initials(JsonNode incidents) {
    List<String> initials =
        incidents.valueStream().map(one -> one.get("title").asString().substring(0, 1)).toList();
    return String.join(" ", initials);
  }

  /** Encodes non-ASCII characters only. */
  private static String encoded(String query) {
    StringBuilder encoded = new StringBuilder();
    query
        .codePoints()
        .forEach(
            c ->
                encoded.append(
                    c < 128
                        ? Character.toString(c)
                        : URLEncoder.encode(Character.toString(c), StandardCharsets.UTF_8)));
    return encoded.toString();
  }
}
