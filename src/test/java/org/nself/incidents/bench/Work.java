package org.nself.incidents.bench;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import tools.jackson.databind.json.JsonMapper;

/**
 * Something that clients do, over GraphQL and over REST.
 *
 * @param name one word, for the command line
 * @param title for the table
 * @param result where the answer has what was asked for, a JSON pointer for each protocol: a list
 *     that must not be empty, or a value that must be there
 * @param aims the least ratio to pgbench that is aimed at, for each protocol; 0 for none
 */
record Work(
    String name,
    String title,
    Map<Protocol, Function<Target, Request>> requests,
    Map<Protocol, String> result,
    Map<Protocol, Double> aims) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String LIST =
      """
      query Incidents($first: Int!, $filter: IncidentFilter) {
        incidents(first: $first, filter: $filter) {
          nodes { id number title severity status owner openedAt updatedAt }
        }
      }
      """;
  private static final String DETAIL =
      """
      query Incident($id: UUID!) {
        incident(id: $id) {
          id number title summary severity status owner labels services version openedAt updatedAt
          timeline(last: 50) { nodes { seq kind message data actor occurredAt recordedAt } }
        }
      }
      """;
  private static final String OPEN =
      """
      mutation Open($input: OpenIncidentInput!) {
        openIncident(input: $input) { id number title severity status openedAt version }
      }
      """;
  private static final String APPEND =
      """
      mutation Append($input: AddTimelineEventInput!) {
        addTimelineEvent(input: $input) { id seq recordedAt hash }
      }
      """;
  private static final String MESSAGE = "Rolled back to the version of yesterday";
  private static final String PATH = "/api/v1/incidents";
  private static final Map<Protocol, Double> NO_AIM =
      Map.of(Protocol.GRAPHQL, 0.0, Protocol.REST, 0.0);
  private static final Map<Protocol, Double> HALF =
      Map.of(Protocol.GRAPHQL, 0.5, Protocol.REST, 0.5);

  private static final List<Work> ALL =
      List.of(
          list(
              "list",
              "List: 20 newest",
              Map.of(),
              "",
              Map.of(Protocol.GRAPHQL, 0.3, Protocol.REST, 0.4)),
          new Work(
              "detail",
              "Detail: incident, last 50 events",
              Map.of(
                  Protocol.GRAPHQL, target -> graphql(target, DETAIL, Map.of("id", target.id())),
                  Protocol.REST, target -> get(target, PATH + "/" + target.id())),
              Map.of(Protocol.GRAPHQL, "/data/incident/timeline/nodes", Protocol.REST, "/timeline"),
              NO_AIM),
          new Work(
              "open",
              "Open: incident and first event",
              Map.of(
                  Protocol.GRAPHQL,
                  target -> graphql(target, OPEN, Map.of("input", incident("HIGH"))),
                  Protocol.REST,
                  target -> post(target, PATH, incident("high"))),
              Map.of(Protocol.GRAPHQL, "/data/openIncident/id", Protocol.REST, "/id"),
              HALF),
          new Work(
              "append",
              "Append: one event",
              Map.of(
                  Protocol.GRAPHQL,
                  target ->
                      graphql(
                          target,
                          APPEND,
                          Map.of("input", Map.of("incidentId", target.id(), "message", MESSAGE))),
                  Protocol.REST,
                  target ->
                      post(
                          target,
                          PATH + "/" + target.id() + "/timeline",
                          Map.of("message", MESSAGE))),
              Map.of(Protocol.GRAPHQL, "/data/addTimelineEvent/seq", Protocol.REST, "/seq"),
              HALF),
          list(
              "status",
              "Filter: two statuses",
              Map.of("status", List.of("OPEN", "ACKNOWLEDGED")),
              "&status=open,acknowledged",
              NO_AIM),
          list(
              "severity",
              "Filter: one severity",
              Map.of("severity", List.of("CRITICAL")),
              "&severity=critical",
              NO_AIM),
          list(
              "label",
              "Filter: one label",
              Map.of("labels", Map.of("team", "payments")),
              "&label.team=payments",
              NO_AIM),
          list(
              "search",
              "Search: text in title and summary",
              Map.of("search", "certificate"),
              "&q=certificate",
              NO_AIM));

  static List<Work> all() {
    return ALL;
  }

  /** The works whose growth is measured. */
  static List<Work> growing() {
    return ALL.stream()
        .filter(work -> List.of("list", "detail", "append").contains(work.name))
        .toList();
  }

  private static Work list(
      String name,
      String title,
      Map<String, Object> filter,
      String query,
      Map<Protocol, Double> aims) {
    Map<String, Object> variables =
        filter.isEmpty() ? Map.of("first", 20) : Map.of("first", 20, "filter", filter);
    return new Work(
        name,
        title,
        Map.of(
            Protocol.GRAPHQL,
            target -> graphql(target, LIST, variables),
            Protocol.REST,
            target -> get(target, PATH + "?limit=20" + query)),
        Map.of(Protocol.GRAPHQL, "/data/incidents/nodes", Protocol.REST, "/incidents"),
        aims);
  }

  Request request(Protocol protocol, Target target) {
    return Objects.requireNonNull(requests.get(protocol)).apply(target);
  }

  String result(Protocol protocol) {
    return Objects.requireNonNull(result.get(protocol));
  }

  double aim(Protocol protocol) {
    return Objects.requireNonNull(aims.get(protocol));
  }

  private static Map<String, Object> incident(String severity) {
    return Map.of(
        "title",
        "Payments: error rate above 5 % in eu-west-1",
        "severity",
        severity,
        "labels",
        Map.of("team", "payments", "region", "eu-west-1"),
        "services",
        List.of("payments"));
  }

  private static Request graphql(Target target, String query, Map<String, Object> variables) {
    return post(target, "/graphql", Map.of("query", query, "variables", variables));
  }

  private static Request post(Target target, String path, Map<String, Object> body) {
    return new Request("POST", path, target.accountName(), JSON.writeValueAsString(body));
  }

  private static Request get(Target target, String path) {
    return new Request("GET", path, target.accountName(), "");
  }
}
