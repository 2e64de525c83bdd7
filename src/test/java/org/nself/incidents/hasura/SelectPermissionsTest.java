package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RoleRules;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Select permissions of a role return the same rows and values as the service. The filters run as
 * SQL by a user who is not subject to row-level security, as Hasura's usually is not.
 */
@ExtendWith(RunningService.class)
class SelectPermissionsTest {

  /** Sort columns, which REST does not return. */
  private static final String SEVERITY_RANK = "severity_rank";

  private static final Map<String, Tracked> TABLES = Tracked.all();

  private final Service service;
  private final String account = Service.newAccount();
  private final Api admin;

  SelectPermissionsTest(Service service) {
    this.service = service;
    this.admin = service.as(account, "admin");
  }

  /** The rows that Hasura would return to a caller, by the columns of {@code key}. */
  private Map<String, JsonNode> rows(String table, String role, String... key) {
    Tracked.Permission permission =
        Objects.requireNonNull(TABLES.get(table)).permissions().stream()
            .filter(candidate -> candidate.role().equals(role))
            .findFirst()
            .orElseThrow();
    Map<String, Object> session = Map.of("x-hasura-source-account-id", account);
    List<Object> values = new ArrayList<>();
    String sql =
        "select to_jsonb(row) from (select %s from %s where %s) row"
            .formatted(
                String.join(", ", permission.columns()),
                table,
                where(permission.filter(), session, values));
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.size(); i++) {
        statement.setObject(i + 1, values.get(i));
      }
      Map<String, JsonNode> rows = new TreeMap<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          JsonNode row = JsonMapper.shared().readTree(result.getString(1));
          StringBuilder name = new StringBuilder();
          for (String column : key) {
            name.append(row.get(column).asString()).append(' ');
          }
          rows.put(name.toString(), row);
        }
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** {@code {column: {_eq: value}}}; the name of a session variable is replaced by its value. */
  private static String where(
      Map<String, Object> filter, Map<String, Object> session, List<Object> values) {
    assertThat(filter).as("a filter that this test supports").hasSize(1);
    List<String> conditions = new ArrayList<>();
    filter.forEach(
        (column, condition) -> {
          Object value = MetadataDirectory.map(condition).get("_eq");
          assertThat(MetadataDirectory.map(condition)).containsOnlyKeys("_eq");
          values.add(
              Objects.requireNonNull(
                  session.get(String.valueOf(value).toLowerCase(java.util.Locale.ROOT))));
          conditions.add(column + " = ?");
        });
    return String.join(" and ", conditions);
  }

  private void twoAccountsWithOneOfEverything() {
    for (Api each : List.of(admin, service.admin())) {
      String first = each.open("First");
      String body =
          """
          {"title":"Second","summary":"S","severity":"sev1","owner":"o","labels":{"a":"b"},"services":["s"],"dedup_key":"d"}
          """;
      String second = each.post("/api/v1/incidents", body).expect(201).text("id");
      each.patch("/api/v1/incidents/" + second, "{\"status\":\"resolved\"}").expect(200);
      each.post(
              "/api/v1/incidents/" + first + "/merge", "{\"into\":\"" + each.open("Third") + "\"}")
          .expect(200);
      each.post(
              "/api/v1/incidents/" + second + "/timeline", "{\"message\":\"m\",\"data\":{\"a\":1}}")
          .expect(201);
      each.data(
          "mutation { redactTimelineEvent(input: {incidentId: \"%s\", seq: 3}) { seq } }"
              .formatted(second));
      String runbook = "{\"name\":\"N\",\"steps\":[{\"title\":\"Look\",\"kind\":\"manual\"}]}";
      String id = each.post("/api/v1/runbooks", runbook).expect(201).text("id");
      each.patch("/api/v1/runbooks/" + id, "{\"name\":\"M\",\"description\":\"D\"}").expect(200);
    }
  }

  @Test
  void eachRoleReadsTheSameRowsAndValuesFromHasuraAndFromTheService() {
    twoAccountsWithOneOfEverything();
    for (String role : RoleRules.LIMITED) {
      Api api = service.as(account, role);
      Map<String, JsonNode> incidents = rows("np_incidents", role, "id");
      Map<String, JsonNode> incidentsOfApi = visible(api, "/api/v1/incidents", "incidents", "id");
      same(incidents, incidentsOfApi);
      Map<String, JsonNode> events = new TreeMap<>();
      incidentsOfApi
          .keySet()
          .forEach(
              id ->
                  events.putAll(
                      visible(
                          api,
                          "/api/v1/incidents/" + id.strip() + "/timeline",
                          "timeline",
                          "incident_id",
                          "seq")));
      same(rows("np_incident_timeline", role, "incident_id", "seq"), events);
      Map<String, JsonNode> runbooks = visible(api, "/api/v1/runbooks", "runbooks", "id");
      same(rows("np_runbooks", role, "id"), runbooks);
      String versions =
          "/api/v1/runbooks/" + runbooks.keySet().iterator().next().strip() + "/versions";
      same(
          rows("np_runbook_versions", role, "version"),
          visible(api, versions, "versions", "version"));
    }
  }

  private static Map<String, JsonNode> visible(Api api, String path, String list, String... key) {
    Map<String, JsonNode> items = new TreeMap<>();
    for (JsonNode item : api.get(path).expect(200).at(list)) {
      StringBuilder name = new StringBuilder();
      for (String member : key) {
        name.append(item.get(member).asString()).append(' ');
      }
      items.put(name.toString(), item);
    }
    return items;
  }

  private static void same(Map<String, JsonNode> rows, Map<String, JsonNode> visible) {
    assertThat(visible).isNotEmpty();
    assertThat(rows.keySet()).isEqualTo(visible.keySet());
    rows.forEach(
        (key, row) ->
            row.properties()
                .forEach(
                    column -> {
                      JsonNode value =
                          Objects.requireNonNull(visible.get(key)).get(column.getKey());
                      if (value != null) {
                        assertThat(text(column.getValue()))
                            .as("%s of %s", column.getKey(), key)
                            .isEqualTo(text(value));
                      } else {
                        assertThat(column.getKey()).isIn(SEVERITY_RANK, "runbook_id", "definition");
                      }
                    }));
  }

  /** Normalizes a value written by PostgreSQL or by the service. */
  private static String text(JsonNode value) {
    String text = value.isString() ? value.asString() : value.toString();
    if (text.matches("\\d{4}-\\d\\d-\\d\\dT.*")) {
      return OffsetDateTime.parse(text).toInstant().toString();
    }
    return text.startsWith("\\x") ? text.substring(2) : text;
  }
}
