package org.nself.incidents.runbook.execution;

import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.WorkBudget;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.execution.engine.StepCommand;
import org.nself.incidents.runbook.execution.worker.StartRunbook;
import org.nself.incidents.runbook.execution.worker.TaskStore;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.GraphQlMutations;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.GraphQlInputs;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.graphql.QueryCostInstrumentation;
import org.nself.incidents.web.graphql.RelayConnection;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.reactivestreams.Publisher;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;
import reactor.core.publisher.Flux;

/**
 * Executions in GraphQL. Fields without a fetcher here are methods of the same name. The permission
 * is checked before the input is read.
 */
final class ExecutionGraphQlController implements RuntimeWiringConfigurer {

  private final ExecutionService executions;
  private final DryRunService dryRuns;
  private final ExecutionTopics topics;
  private final LiveService live;
  private final StrictJson json;

  ExecutionGraphQlController(
      ExecutionService executions,
      DryRunService dryRuns,
      ExecutionTopics topics,
      LiveService live,
      StrictJson json) {
    this.executions = executions;
    this.dryRuns = dryRuns;
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
                    .dataFetcher("planRunbook", this::plan)
                    .dataFetcher("stuckTriggerEvaluations", this::stuckTriggerEvaluations))
        .type(
            "Mutation",
            type ->
                type.dataFetcher(
                        "startRunbook",
                        GraphQlMutations.of(
                            Permission.WRITE,
                            input -> StartRunbook.read(input, json),
                            executions::start))
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
                    .dataFetcher(
                        "cancelRunbookExecution",
                        GraphQlMutations.of(
                            Permission.WRITE,
                            input -> CancelExecution.read(input, id(input)),
                            executions::cancel))
                    .dataFetcher(
                        "retryRunbookExecution",
                        GraphQlMutations.of(
                            Permission.WRITE,
                            input -> new RetryExecution(id(input)),
                            executions::retry))
                    .dataFetcher(
                        "retryTriggerEvaluations",
                        GraphQlMutations.of(
                            Permission.WRITE,
                            input -> new RetryTriggerEvaluations(input.requiredUuid("incidentId")),
                            executions::retryTriggerEvaluations)))
        .type("Subscription", type -> type.dataFetcher("runbookExecution", this::subscribe))
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
    RelayConnection.wire(wiring, "RunbookExecution");
  }

  private @Nullable CompletableFuture<Execution> execution(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    @Nullable UUID id = environment.getArgument("id");
    return id == null
        ? null
        : BatchLoaders.load(
            environment,
            "runbookExecution",
            id,
            ids ->
                executions.findAll(
                    caller, List.copyOf(ids), GraphQlResponseSize.budget(environment)));
  }

  private @Nullable DryRun plan(DataFetchingEnvironment environment) {
    Caller caller = requireCaller(environment, Permission.READ);
    @Nullable InputReader input = GraphQlInputs.of(environment, "input");
    if (input == null) {
      return null;
    }
    StartRunbook command = StartRunbook.read(input, json);
    input.check();
    return dryRuns.plan(
        caller, command, work(environment), GraphQlResponseSize.budget(environment));
  }

  private List<TaskStore.StuckEvaluation> stuckTriggerEvaluations(
      DataFetchingEnvironment environment) {
    List<TaskStore.StuckEvaluation> stuck =
        executions.stuckTriggerEvaluations(requireCaller(environment, Permission.READ));
    GraphQlResponseSize.budget(environment)
        .spendOrRefuse(
            stuck.stream().mapToLong(TaskStore.StuckEvaluation::weight).sum(), "ask for them once");
    return stuck;
  }

  /** All dry runs of a request share the work that its expressions may cost. */
  private static WorkBudget work(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(
        environment
            .getGraphQlContext()
            .<WorkBudget>computeIfAbsent(WorkBudget.class, _ -> new WorkBudget()));
  }

  private DataFetcher<Execution> command(Function<InputReader, StepCommand> reader) {
    return GraphQlMutations.of(Permission.WRITE, reader, executions::command);
  }

  private Publisher<Execution> subscribe(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    UUID id = executions.get(caller, Objects.requireNonNull(environment.getArgument("id"))).id();
    return Flux.from(
            live.publisher(
                caller,
                new LiveService.TopicPosition<>(topics.of(caller.account(), id), 0, 0),
                QueryCostInstrumentation.complexity(environment),
                GraphQlResponseSize.budget(environment)))
        .map(ExecutionTopics.ExecutionSnapshot::execution);
  }

  private CompletableFuture<List<StepView>> steps(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    UUID id = Objects.requireNonNull(environment.<Execution>getSource()).id();
    return BatchLoaders.load(
        environment,
        "runbookExecutionSteps",
        id,
        ids -> executions.steps(caller, List.copyOf(ids), GraphQlResponseSize.budget(environment)));
  }

  private CompletableFuture<RelayConnection<Execution>> connection(
      DataFetchingEnvironment environment, ExecutionFilter filter) {
    Caller caller = GraphQlCaller.of(environment);
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"), environment.getArgument("after"), null, null);
    String owner = filter.getClass().getSimpleName();
    // One batch loader per set of arguments, which is the same for all parents of a list.
    return BatchLoaders.<UUID, Page<Execution>>load(
            environment,
            owner + " executions " + page,
            filter.id(),
            owners ->
                executions.pages(
                    caller,
                    filter,
                    List.copyOf(owners),
                    page,
                    GraphQlResponseSize.budget(environment)))
        .thenApply(
            found ->
                new RelayConnection<>(
                    found,
                    execution -> ExecutionQueries.cursor(caller.account(), filter, execution),
                    () ->
                        BatchLoaders.load(
                            environment,
                            owner + " executionCount",
                            filter.id(),
                            owners -> executions.counts(caller, filter, List.copyOf(owners)))));
  }

  private static Caller requireCaller(DataFetchingEnvironment environment, Permission permission) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(permission);
    return caller;
  }

  private static UUID id(InputReader input) {
    return input.requiredUuid("executionId");
  }
}
