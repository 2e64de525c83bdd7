package org.nself.incidents.web.graphql;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.TypeRuntimeWiring;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.paging.Page;

/**
 * A page of a list, by the Relay cursor connections specification.
 *
 * @param cursor returns the cursor of an item
 * @param count counts the whole list; called only if the document selects it
 */
public record RelayConnection<T>(
    Page<T> page, Function<T, String> cursor, Supplier<CompletableFuture<Integer>> count) {

  private record Edge<T>(T node, String cursor) {}

  private List<Edge<T>> edges() {
    return page.items().stream().map(item -> new Edge<>(item, cursor.apply(item))).toList();
  }

  /** Wires the types {@code NameConnection} and {@code NameEdge}. */
  public static void wire(RuntimeWiring.Builder wiring, String name) {
    wiring
        .type(name + "Connection", RelayConnection::connection)
        .type(name + "Edge", RelayConnection::edge);
  }

  private static TypeRuntimeWiring.Builder connection(TypeRuntimeWiring.Builder type) {
    field(type, "edges", RelayConnection::edges);
    field(type, "nodes", connection -> connection.page().items());
    field(type, "pageInfo", RelayConnection::info);
    // Not a plain field, because it queries the database.
    return type.dataFetcher("totalCount", RelayConnection::total);
  }

  private static TypeRuntimeWiring.Builder field(
      TypeRuntimeWiring.Builder type,
      String name,
      Function<RelayConnection<?>, @Nullable Object> value) {
    return type.dataFetcher(
        name,
        Fetchers.of(
            RelayConnection.class, connection -> value.apply((RelayConnection<?>) connection)));
  }

  private static TypeRuntimeWiring.Builder edge(TypeRuntimeWiring.Builder type) {
    return type.dataFetcher("node", Fetchers.of(Edge.class, edge -> ((Edge<?>) edge).node()))
        .dataFetcher("cursor", Fetchers.of(Edge.class, edge -> ((Edge<?>) edge).cursor()));
  }

  private static CompletableFuture<Integer> total(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.<RelayConnection<?>>getSource()).count().get();
  }

  /** The fields of a PageInfo. */
  private Map<String, @Nullable Object> info() {
    return page.pageInfo(cursor);
  }
}
