package org.nself.incidents.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.bench.Dataset.IncidentTarget;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What clients do, by GraphQL and by REST; read from {@code bench/workloads.json} and {@code
 * bench/workloads.graphql}.
 *
 * @param name for the command line
 * @param title for the table
 * @param requests GraphQL first
 * @param prepare SQL that changes the dataset first; such a workload is only measured in
 *     comparisons, whose data is dropped after them. Null for most.
 */
record Workload(String name, String title, List<Request> requests, @Nullable String prepare) {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** The handler that does nothing; see {@link EmptyHandler}. */
  static final Request EMPTY = new Request("REST", "GET", EmptyHandler.PATH, "", "/empty", 0);

  /**
   * A request; {@code {id}} in path and body is replaced by an incident's, <code>{A|B}</code> in
   * the body by one after the other.
   *
   * @param protocol for the table
   * @param body JSON; empty for a GET
   * @param result JSON pointer to what the response must have: a list with elements or a value
   * @param aim the least ratio to pgbench that is aimed at; 0 for none
   */
  record Request(
      String protocol, String method, String path, String body, String result, double aim) {

    Request at(IncidentTarget target) {
      String id = target.id();
      return new Request(
          protocol,
          method,
          path.replace("{id}", id),
          body.replace("{id}", id).replaceAll("\\{(\\w+)\\|[\\w|]+\\}", "$1"),
          result,
          aim);
    }
  }

  static final List<Workload> ALL = readAll();

  private static List<Workload> readAll() {
    // A document for each operation, as clients send it.
    Map<String, String> documents =
        Stream.of(Commands.read(Path.of("bench", "workloads.graphql")).split("\n\n"))
            .collect(Collectors.toMap(document -> document.split("\\W+")[1], document -> document));
    return JSON.readTree(Commands.read(Path.of("bench", "workloads.json")))
        .valueStream()
        .map(node -> read(node, documents))
        .toList();
  }

  private static Workload read(JsonNode workload, Map<String, String> documents) {
    JsonNode graphql = workload.path("graphql");
    String document = Objects.requireNonNull(documents.get(graphql.path("operation").asString()));
    ObjectNode body = JSON.createObjectNode().put("query", document);
    body.set("variables", graphql.path("variables"));
    JsonNode rest = workload.path("rest");
    return new Workload(
        workload.path("name").asString(),
        workload.path("title").asString(),
        List.of(
            request("GraphQL", "/graphql", body.toString(), graphql),
            request(
                "REST",
                rest.path("path").asString(),
                rest.has("body") ? rest.path("body").toString() : "",
                rest)),
        workload.has("prepare") ? workload.path("prepare").asString() : null);
  }

  private static Request request(String protocol, String path, String body, JsonNode node) {
    return new Request(
        protocol,
        node.path("method").asString(body.isEmpty() ? "GET" : "POST"),
        path,
        body,
        node.path("result").asString(),
        node.path("aim").asDouble());
  }
}
