package org.nself.incidents.runbook.execution;

import graphql.language.OperationDefinition.Operation;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.Caller;
import org.nself.incidents.api.Batch;
import org.nself.incidents.api.Field;
import org.nself.incidents.api.GraphqlInput;
import org.nself.incidents.api.Idempotency;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.Page;
import org.nself.incidents.api.PageRequest;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.live.Live;
import org.nself.incidents.runbook.Runbook;
import org.reactivestreams.Publisher;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;
import reactor.core.publisher.Flux;

/** Executions in GraphQL. Fields without a fetcher here are methods of the same name. */
final class ExecutionGraphql implements RuntimeWiringConfigurer {

  private final Executions executions;
  private final Plans plans;
  private final ExecutionTopics topics;
  private final Live live;
  private final JsonText json;

  ExecutionGraphql(
      Executions executions, Plans plans, ExecutionTopics topics, Live live, JsonText json) {
    this.executions = executions;
    this.plans = plans;
    this.topics = topics;
    this.live = live;
    this.json = json;
  }

  /** A page and what its cursors and its count need. */
  private record Connection(Caller caller, ExecutionFilter filter, Page<Execution> page) {

    String cursor(Execution execution) {
      return ExecutionSearch.cursor(caller.account(), filter, execution);
    }

    List<Edge> edges() {
      return page.items().stream()
          .map(execution -> new Edge(execution, cursor(execution)))
          .toList();
    }
  }

  private record Edge(Execution node, String cursor) {}

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Query",
            type ->
                type.dataFetcher("runbookExecution", this::execution)
                    .dataFetcher("planRunbook", this::plan))
        .type(
            "Mutation",
            type ->
                type.dataFetcher("startRunbook", this::start)
                    .dataFetcher(
                        "completeRunbookStep",
                        command(
                            input ->
                                StepCommand.Complete.read(
                                    input, id(input), StepCommand.step(input), json)))
                    .dataFetcher(
                        "skipRunbookStep",
                        command(
                            input ->
                                StepCommand.Skip.read(input, id(input), StepCommand.step(input))))
                    .dataFetcher(
                        "retryRunbookStep",
                        command(
                            input ->
                                StepCommand.Retry.read(input, id(input), StepCommand.step(input))))
                    .dataFetcher(
                        "decideRunbookApproval",
                        command(
                            input ->
                                StepCommand.Decide.read(input, id(input), StepCommand.step(input))))
                    .dataFetcher("cancelRunbookExecution", this::cancel))
        .type("Subscription", type -> type.dataFetcher("runbookExecution", this::follow))
        .type(
            "Incident",
            type ->
                type.dataFetcher(
                    "runbookExecutions",
                    environment ->
                        connection(
                            environment,
                            new ExecutionFilter.OfIncident(
                                Objects.requireNonNull(environment.<Incident>getSource()).id()))))
        .type(
            "Runbook",
            type ->
                type.dataFetcher(
                    "executions",
                    environment ->
                        connection(
                            environment,
                            new ExecutionFilter.OfRunbook(
                                Objects.requireNonNull(environment.<Runbook>getSource()).id()))))
        .type("RunbookExecution", type -> type.dataFetcher("steps", this::steps))
        .type(
            "RunbookExecutionConnection",
            type ->
                type.dataFetcher("edges", Field.of(Connection.class, Connection::edges))
                    .dataFetcher(
                        "nodes",
                        Field.of(Connection.class, connection -> connection.page().items()))
                    .dataFetcher(
                        "pageInfo",
                        Field.of(
                            Connection.class,
                            connection -> connection.page().info(connection::cursor)))
                    .dataFetcher("totalCount", this::totalCount))
        .type(
            "RunbookExecutionEdge",
            type ->
                type.dataFetcher("node", Field.of(Edge.class, Edge::node))
                    .dataFetcher("cursor", Field.of(Edge.class, Edge::cursor)));
  }

  private @Nullable CompletableFuture<Execution> execution(DataFetchingEnvironment environment) {
    Caller caller = caller(environment);
    @Nullable UUID id = environment.getArgument("id");
    return id == null
        ? null
        : Batch.load(
            environment,
            "runbookExecution",
            id,
            ids -> executions.findAll(caller, List.copyOf(ids)));
  }

  private @Nullable Plan plan(DataFetchingEnvironment environment) {
    @Nullable Input input = GraphqlInput.of(environment, "input");
    if (input == null) {
      return null;
    }
    StartRunbook command = StartRunbook.read(input, json);
    input.check();
    return plans.plan(caller(environment), command);
  }

  private Execution start(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    StartRunbook command = StartRunbook.read(input, json);
    @Nullable String key = key(input);
    input.check();
    return executions.start(caller(environment), command, key);
  }

  private graphql.schema.DataFetcher<Execution> command(Function<Input, StepCommand> reader) {
    return environment -> {
      Input input = GraphqlInput.of(environment);
      StepCommand command = reader.apply(input);
      @Nullable String key = key(input);
      input.check();
      return executions.command(caller(environment), command, key);
    };
  }

  private Execution cancel(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    CancelExecution command = CancelExecution.read(input, id(input));
    @Nullable String key = key(input);
    input.check();
    return executions.cancel(caller(environment), command, key);
  }

  private Publisher<Execution> follow(DataFetchingEnvironment environment) {
    Caller caller = caller(environment);
    UUID id = executions.get(caller, Objects.requireNonNull(environment.getArgument("id"))).id();
    return Flux.from(live.feed(caller, new Live.Place<>(topics.of(caller.account(), id), 0)))
        .map(ExecutionTopics.Seen::execution);
  }

  private CompletableFuture<List<StepRun>> steps(DataFetchingEnvironment environment) {
    Caller caller = caller(environment);
    UUID id = Objects.requireNonNull(environment.<Execution>getSource()).id();
    if (environment.getOperationDefinition().getOperation() == Operation.SUBSCRIPTION) {
      // A loader would keep what it read for the first item.
      return CompletableFuture.completedFuture(
          executions.steps(caller, List.of(id)).getOrDefault(id, List.of()));
    }
    return Batch.load(
        environment,
        "runbookExecutionSteps",
        id,
        ids -> executions.steps(caller, List.copyOf(ids)));
  }

  private CompletableFuture<Connection> connection(
      DataFetchingEnvironment environment, ExecutionFilter filter) {
    Caller caller = caller(environment);
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"), environment.getArgument("after"), null, null);
    // One loader for each set of arguments: they are the same for all parents of a list.
    return Batch.<UUID, Page<Execution>>load(
            environment,
            filter.getClass().getSimpleName() + " executions " + page,
            filter.id(),
            owners -> executions.pages(caller, filter, List.copyOf(owners), page))
        .thenApply(executions -> new Connection(caller, filter, executions));
  }

  private CompletableFuture<Integer> totalCount(DataFetchingEnvironment environment) {
    Connection connection = Objects.requireNonNull(environment.getSource());
    ExecutionFilter filter = connection.filter();
    return Batch.load(
        environment,
        filter.getClass().getSimpleName() + " executionCount",
        filter.id(),
        owners -> executions.counts(connection.caller(), filter, List.copyOf(owners)));
  }

  private static UUID id(Input input) {
    return input.requiredUuid("executionId");
  }

  private static @Nullable String key(Input input) {
    return input.text("idempotencyKey", Idempotency.MAX_KEY);
  }

  private static Caller caller(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.getGraphQlContext().get(Caller.ATTRIBUTE));
  }
}
