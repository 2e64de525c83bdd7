package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;
import static org.nself.incidents.testing.Refusal.assertProblem;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
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

/** Sort orders and pages, over rows that differ in nothing but their id. */
@ExtendWith(RunningService.class)
class IncidentPagesTest {

  private static final int ROWS = 53;

  private static final String PAGE =
      """
      query ($o: IncidentOrder, $first: Int, $after: String, $last: Int, $before: String) {
        incidents(orderBy: $o, first: $first, after: $after, last: $last, before: $before) {
          edges { cursor node { id } }
          nodes { id }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
      }
      """;

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  IncidentPagesTest(Service service) throws SQLException {
    this.service = service;
    this.api = service.as(account, "viewer");
    sql(
        """
        insert into np_incidents (source_account_id, title, severity, opened_at)
        select '%1$s', 'Row ' || i, (array['critical', 'high', 'medium', 'low', 'info'])[1 + i %% 5],
          timestamptz '2026-01-01 00:00:00.000001Z' + (i %% 4) * interval '1 microsecond'
        from generate_series(1, %2$d) i;
        set session_replication_role = replica;
        update np_incidents
        set updated_at = timestamptz '2026-02-01' + (number %% 3) * interval '1 microsecond'
        where source_account_id = '%1$s'
        """
            .formatted(account, ROWS));
  }

  @ParameterizedTest
  @CsvSource({
    "OPENED_AT_DESC, 'opened_at desc, id desc'",
    "OPENED_AT_ASC, 'opened_at, id'",
    "UPDATED_AT_DESC, 'updated_at desc, id desc'",
    "SEVERITY_DESC, 'severity_rank desc, opened_at desc, id desc'"
  })
  void pagesOfAnySizeInBothDirectionsHaveEveryRowOnce(String order, String sql)
      throws SQLException {
    List<String> expected = ids(sql);
    assertThat(expected).hasSize(ROWS);
    for (int size : new int[] {1, 4, 7, 52, 53, 54, 200}) {
      assertThat(forwards(order, size)).as("first: %d", size).isEqualTo(expected);
      assertThat(backwards(order, size)).as("last: %d", size).isEqualTo(expected);
      assertThat(rest(order, size)).as("limit: %d", size).isEqualTo(expected);
    }
  }

  private List<String> forwards(String order, int size) {
    List<String> ids = new ArrayList<>();
    @Nullable String after = null;
    boolean more = true;
    while (more) {
      JsonNode page = page(order, size, after, null, null);
      assertThat(page.at("/pageInfo/hasPreviousPage").asBoolean()).isEqualTo(after != null);
      ids.addAll(ids(page, size));
      more = page.at("/pageInfo/hasNextPage").asBoolean();
      after = page.at("/pageInfo/endCursor").asString();
      assertThat(more).as("whether more follows after %d", ids.size()).isEqualTo(ids.size() < ROWS);
    }
    return ids;
  }

  private List<String> backwards(String order, int size) {
    List<String> ids = new ArrayList<>();
    @Nullable String before = null;
    boolean more = true;
    while (more) {
      JsonNode page = page(order, null, null, size, before);
      assertThat(page.at("/pageInfo/hasNextPage").asBoolean()).isEqualTo(before != null);
      ids.addAll(0, ids(page, size));
      more = page.at("/pageInfo/hasPreviousPage").asBoolean();
      before = page.at("/pageInfo/startCursor").asString();
      assertThat(more).as("whether more precedes %d", ids.size()).isEqualTo(ids.size() < ROWS);
    }
    return ids;
  }

  private List<String> rest(String order, int size) {
    List<String> ids = new ArrayList<>();
    String cursor = "";
    while (true) {
      Response page =
          api.get(
                  "/api/v1/incidents?limit=%d&sort=%s%s"
                      .formatted(size, order.toLowerCase(Locale.ROOT), cursor))
              .expect(200);
      page.at("incidents").forEach(incident -> ids.add(incident.get("id").asString()));
      if (page.at("next_cursor").isNull()) {
        return ids;
      }
      assertThat(page.at("incidents").size()).isEqualTo(size);
      cursor = "&cursor=" + page.text("next_cursor");
    }
  }

  private static List<String> ids(JsonNode page, int size) {
    List<String> nodes =
        page.get("nodes").valueStream().map(node -> node.get("id").asString()).toList();
    List<String> edges =
        page.get("edges").valueStream().map(edge -> edge.at("/node/id").asString()).toList();
    assertThat(edges).isEqualTo(nodes).hasSizeLessThanOrEqualTo(size);
    assertThat(page.at("/pageInfo/startCursor")).isEqualTo(page.at("/edges/0/cursor"));
    assertThat(page.at("/pageInfo/endCursor"))
        .isEqualTo(page.at("/edges/" + (edges.size() - 1) + "/cursor"));
    return nodes;
  }

  @Test
  void aPageBetweenTwoCursorsCanBeReadFromEitherEnd() throws SQLException {
    List<String> all = ids("opened_at, id");
    JsonNode edges = page("OPENED_AT_ASC", 200, null, null, null).get("edges");
    String after = edges.at("/9/cursor").asString();
    String before = edges.at("/20/cursor").asString();
    String between = "{\"o\":\"OPENED_AT_ASC\",\"after\":\"%s\",\"before\":\"%s\",\"%s\":%d}";
    assertThat(ids(query(between.formatted(after, before, "first", 4)), 4))
        .isEqualTo(all.subList(10, 14));
    assertThat(ids(query(between.formatted(after, before, "last", 4)), 4))
        .isEqualTo(all.subList(16, 20));
    assertThat(ids(query(between.formatted(after, before, "first", 100)), 100))
        .isEqualTo(all.subList(10, 20));
  }

  @Test
  void anEmptyPageHasNoCursors() {
    JsonNode none = page("OPENED_AT_DESC", 0, null, null, null);
    assertThat(none.get("nodes").size()).isZero();
    assertThat(none.at("/pageInfo/startCursor").isNull()).isTrue();
    assertThat(none.at("/pageInfo/hasNextPage").asBoolean()).isTrue();
    String end = page("OPENED_AT_DESC", 200, null, null, null).at("/pageInfo/endCursor").asString();
    JsonNode beyond = page("OPENED_AT_DESC", 5, end, null, null);
    assertThat(beyond.at("/pageInfo/hasNextPage").asBoolean()).isFalse();
    assertThat(beyond.at("/pageInfo/hasPreviousPage").asBoolean()).isTrue();
  }

  @Test
  void theDefaultPageSizeIsTwenty() {
    assertThat(query("{}").get("nodes").size()).isEqualTo(20);
    assertThat(api.get("/api/v1/incidents").at("incidents").size()).isEqualTo(20);
  }

  @Test
  void rowsInsertedWhilePagingNeitherRepeatNorHideOthers() throws SQLException {
    List<String> expected = ids("opened_at desc, id desc");
    JsonNode first = page("OPENED_AT_DESC", 30, null, null, null);
    Api writer = service.as(account, "user");
    writer.open("Newest");
    writer
        .post(
            "/api/v1/incidents",
            "{\"title\":\"Tied\",\"opened_at\":\"2026-01-01T00:00:00.000003Z\"}")
        .expect(201);
    JsonNode second =
        page("OPENED_AT_DESC", 30, first.at("/pageInfo/endCursor").asString(), null, null);
    List<String> read = new ArrayList<>(ids(first, 30));
    read.addAll(ids(second, 30));
    read.retainAll(expected);
    assertThat(read).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "not base64!", "' or 1=1 --"})
  void aMalformedCursorIsRejected(String cursor) {
    assertError(error("OPENED_AT_DESC", cursor), "invalid", "after");
    assertError(
        api.error(PAGE, "{\"last\":5,\"before\":\"%s\"}".formatted(cursor)), "invalid", "before");
  }

  @Test
  void aModifiedCursorIsRejected() {
    String cursor =
        page("OPENED_AT_DESC", 5, null, null, null).at("/pageInfo/endCursor").asString();
    for (int i = 0; i < cursor.length(); i++) {
      char other = cursor.charAt(i) == 'A' ? 'B' : 'A';
      assertError(
          error("OPENED_AT_DESC", cursor.substring(0, i) + other + cursor.substring(i + 1)),
          "invalid",
          "after");
    }
    for (String changed :
        List.of(
            cursor + "A",
            cursor + "AAAA",
            cursor + "=",
            cursor.substring(1),
            cursor.substring(0, cursor.length() - 1),
            cursor.toLowerCase(Locale.ROOT),
            cursor.repeat(50))) {
      assertError(error("OPENED_AT_DESC", changed), "invalid", "after");
    }
  }

  @Test
  void aCursorOfAnotherOrderOrAccountIsRejected() {
    String cursor =
        page("OPENED_AT_DESC", 5, null, null, null).at("/pageInfo/endCursor").asString();
    for (String order : List.of("OPENED_AT_ASC", "UPDATED_AT_DESC", "SEVERITY_DESC")) {
      JsonNode error = error(order, cursor);
      assertError(error, "invalid", "after");
      assertThat(error.at("/message").asString()).contains("order");
    }
    assertProblem(
        api.get("/api/v1/incidents?sort=severity_desc&cursor=" + cursor), 400, "invalid", "cursor");
    Api stranger = service.admin();
    assertError(stranger.error(PAGE, "{\"after\":\"" + cursor + "\"}"), "invalid", "after");
    assertProblem(stranger.get("/api/v1/incidents?cursor=" + cursor), 400, "invalid", "cursor");
  }

  @Test
  void restAndGraphqlShareTheirCursors() throws SQLException {
    String cursor = api.get("/api/v1/incidents?limit=10").text("next_cursor");
    assertThat(ids(page("OPENED_AT_DESC", 10, cursor, null, null), 10))
        .isEqualTo(ids("opened_at desc, id desc").subList(10, 20));
  }

  private JsonNode error(String order, String after) {
    return api.error(PAGE, "{\"o\":\"%s\",\"first\":5,\"after\":\"%s\"}".formatted(order, after));
  }

  private JsonNode page(
      String order,
      @Nullable Integer first,
      @Nullable String after,
      @Nullable Integer last,
      @Nullable String before) {
    return query(
        "{\"o\":\"%s\",\"first\":%s,\"after\":%s,\"last\":%s,\"before\":%s}"
            .formatted(order, first, quoted(after), last, quoted(before)));
  }

  private JsonNode query(String variables) {
    return api.data(PAGE, variables).at("/incidents");
  }

  private static String quoted(@Nullable String text) {
    return text == null ? "null" : "\"" + text + "\"";
  }

  private List<String> ids(String order) throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select id from np_incidents where source_account_id = '%s' order by %s"
                    .formatted(account, order))) {
      List<String> ids = new ArrayList<>();
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
      return ids;
    }
  }

  private void sql(String statements) throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(statements);
    }
  }
}
