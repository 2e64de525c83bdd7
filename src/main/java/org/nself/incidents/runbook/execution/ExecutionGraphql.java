package org.nself.incidents.runbook.execution;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.GraphqlCaller;
import org.nself.incidents.api.Batch;
import org.nself.incidents.api.Connection;
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
        .type("RunbookExecution", type -> type.dataFetcher("steps", this::steps));
    Connection.wire(wiring, "RunbookExecution");
  }

  private @Nullable CompletableFuture<Execution> execution(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
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
    return plans.plan(GraphqlCaller.of(environment), command);
  }

  private Execution start(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    StartRunbook command = StartRunbook.read(input, json);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return executions.start(GraphqlCaller.of(environment), command, key);
  }

  private graphql.schema.DataFetcher<Execution> command(Function<Input, StepCommand> reader) {
    return environment -> {
      Input input = GraphqlInput.of(environment);
      StepCommand command = reader.apply(input);
      @Nullable String key = Idempotency.key(input);
      input.check();
      return executions.command(GraphqlCaller.of(environment), command, key);
    };
  }

  private Execution cancel(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    CancelExecution command = CancelExecution.read(input, id(input));
    @Nullable String key = Idempotency.key(input);
    input.check();
    return executions.cancel(GraphqlCaller.of(environment), command, key);
  }

  private Publisher<Execution> follow(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    UUID id = executions.get(caller, Objects.requireNonNull(environment.getArgument("id"))).id();
    return Flux.from(live.feed(caller, new Live.Place<>(topics.of(caller.account(), id), 0)))
        .map(ExecutionTopics.Seen::execution);
  }

  private CompletableFuture<List<StepRun>> steps(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    UUID id = Objects.requireNonNull(environment.<Execution>getSource()).id();
    return Batch.load(
        environment,
        "runbookExecutionSteps",
        id,
        ids -> executions.steps(caller, List.copyOf(ids)));
  }

  private CompletableFuture<Connection<Execution>> connection(
      DataFetchingEnvironment environment, ExecutionFilter filter) {
    Caller caller = GraphqlCaller.of(environment);
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"), environment.getArgument("after"), null, null);
    String owner = filter.getClass().getSimpleName();
    // One loader for each set of arguments: they are the same for all parents of a list.
    return Batch.<UUID, Page<Execution>>load(
            environment,
            owner + " executions " + page,
            filter.id(),
            owners -> executions.pages(caller, filter, List.copyOf(owners), page))
        .thenApply(
            found ->
                new Connection<>(
                    found,
                    execution -> ExecutionSearch.cursor(caller.account(), filter, execution),
                    () ->
                        Batch.load(
                            environment,
                            owner + " executionCount",
                            filter.id(),
                            owners -> executions.counts(caller, filter, List.copyOf(owners)))));
  }

  private static UUID id(Input input) {
    return input.requiredUuid("executionId");
  }
}
