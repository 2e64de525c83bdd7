package org.nself.incidents.node;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.execution.Execution;
import org.nself.incidents.runbook.execution.ExecutionService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.response.ResponseSizeBudget;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** The GraphQL API of global ids. */
final class NodeGraphQlController implements RuntimeWiringConfigurer {

  private static final String INCIDENT = "Incident";
  private static final String RUNBOOK = "Runbook";
  private static final String EXECUTION = "RunbookExecution";

  private final IncidentService incidents;
  private final RunbookService runbooks;
  private final ExecutionService executions;

  NodeGraphQlController(
      IncidentService incidents, RunbookService runbooks, ExecutionService executions) {
    this.incidents = incidents;
    this.runbooks = runbooks;
    this.executions = executions;
  }

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type("Query", type -> type.dataFetcher("node", this::node))
        .type(
            "Node",
            type ->
                type.typeResolver(
                    environment ->
                        Objects.requireNonNull(
                            environment
                                .getSchema()
                                .getObjectType(
                                    type(Objects.requireNonNull(environment.getObject()))))));
    id(wiring, INCIDENT, Incident.class, Incident::id);
    id(wiring, RUNBOOK, Runbook.class, Runbook::id);
    id(wiring, EXECUTION, Execution.class, Execution::id);
  }

  private static <T> void id(
      RuntimeWiring.Builder wiring, String name, Class<T> parent, Function<T, UUID> id) {
    wiring.type(
        name,
        type ->
            type.dataFetcher(
                "nodeId",
                Fetchers.of(parent, source -> new NodeId(name, id.apply(source)).toString())));
  }

  private static String type(Object source) {
    return switch (source) {
      case Incident _ -> INCIDENT;
      case Runbook _ -> RUNBOOK;
      case Execution _ -> EXECUTION;
      default -> throw new IllegalStateException("Not a Node: " + source.getClass());
    };
  }

  /** Batched with the fields that read the same type by its own id. */
  private @Nullable CompletableFuture<?> node(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    ResponseSizeBudget budget = GraphQlResponseSize.budget(environment);
    @Nullable NodeId node =
        NodeId.parse(Objects.requireNonNull(environment.<String>getArgument("id")));
    if (node == null) {
      return null;
    }
    return switch (node.type()) {
      case INCIDENT ->
          BatchLoaders.load(
              environment,
              "incident",
              node.id(),
              ids -> incidents.findAll(caller, List.copyOf(ids), budget));
      case RUNBOOK ->
          BatchLoaders.load(
              environment,
              "runbook",
              node.id(),
              ids -> runbooks.findAll(caller, List.copyOf(ids), budget));
      case EXECUTION ->
          BatchLoaders.load(
              environment,
              "runbookExecution",
              node.id(),
              ids -> executions.findAll(caller, List.copyOf(ids), budget));
      default -> null;
    };
  }
}
