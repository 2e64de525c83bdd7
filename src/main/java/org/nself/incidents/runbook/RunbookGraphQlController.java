package org.nself.incidents.runbook;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.TypeRuntimeWiring;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.GraphQlMutations;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.nself.incidents.web.graphql.GraphQlInputs;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.graphql.RelayConnection;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.paging.PageRequest;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** The GraphQL API of runbooks. Fields without a fetcher here are methods of the same name. */
final class RunbookGraphQlController implements RuntimeWiringConfigurer {

  private final RunbookService runbooks;
  private final RunbookDirectoryService directories;
  private final DefinitionParser parser;

  RunbookGraphQlController(
      RunbookService runbooks, RunbookDirectoryService directories, DefinitionParser parser) {
    this.runbooks = runbooks;
    this.directories = directories;
    this.parser = parser;
  }

  private record Header(String name, String value) {}

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Query",
            type -> type.dataFetcher("runbook", this::runbook).dataFetcher("runbooks", this::list))
        .type(
            "Mutation",
            type ->
                type.dataFetcher(
                        "createRunbook",
                        GraphQlMutations.of(
                            Permission.ADMINISTER,
                            input -> CreateRunbook.read(input, parser),
                            runbooks::create))
                    .dataFetcher(
                        "updateRunbook",
                        GraphQlMutations.of(
                            Permission.ADMINISTER,
                            input -> UpdateRunbook.readUpdate(input, parser),
                            runbooks::update))
                    .dataFetcher(
                        "applyRunbook",
                        GraphQlMutations.of(Permission.ADMINISTER, this::readApplied, this::apply))
                    .dataFetcher(
                        "applyRunbooks",
                        GraphQlMutations.of(
                            Permission.ADMINISTER,
                            input ->
                                ApplyRunbooks.read(
                                    input, parser, ApplyRunbooks.Options.read(input)),
                            // Repeating it is harmless with or without an idempotency key.
                            (caller, command, _) -> directories.apply(caller, command)))
                    .dataFetcher(
                        "archiveRunbook",
                        GraphQlMutations.of(
                            Permission.ADMINISTER, ArchiveRunbook::read, runbooks::archive)))
        .type(
            "Runbook",
            type ->
                definition(type, Runbook.class, Runbook::definition)
                    .dataFetcher("versions", this::versions))
        .type("AppliedRunbook", type -> Fetchers.addComponents(type, AppliedRunbook.class))
        .type(
            "RunbookVersion",
            type -> definition(type, RunbookVersion.class, RunbookVersion::definition))
        .type(
            "RunbookInput",
            type ->
                type.dataFetcher(
                    "default", Fetchers.of(RunbookInput.class, RunbookInput::defaultValue)))
        .type(
            "RunbookStep",
            type ->
                type.dataFetcher("after", Fetchers.of(Step.class, Step::dependsOn))
                    .dataFetcher("wait", Fetchers.of(Step.class, Step::waitAction)))
        .type("RunbookCall", type -> type.dataFetcher("runbookId", this::calledRunbook))
        .type(
            "RunbookHttp",
            type -> type.dataFetcher("headers", Fetchers.of(Action.Http.class, this::headers)));
    RelayConnection.wire(wiring, "Runbook");
  }

  private static <T> TypeRuntimeWiring.Builder definition(
      TypeRuntimeWiring.Builder type, Class<T> parent, Function<T, Definition> definition) {
    return type.dataFetcher(
            "name", Fetchers.of(parent, version -> definition.apply(version).name()))
        .dataFetcher(
            "description", Fetchers.of(parent, version -> definition.apply(version).description()))
        .dataFetcher("inputs", Fetchers.of(parent, version -> definition.apply(version).inputs()))
        .dataFetcher("steps", Fetchers.of(parent, version -> definition.apply(version).steps()))
        .dataFetcher("attach", Fetchers.of(parent, version -> definition.apply(version).attach()));
  }

  private List<Header> headers(Action.Http http) {
    return http.headers().entrySet().stream()
        .map(header -> new Header(header.getKey(), header.getValue()))
        .toList();
  }

  private CompletableFuture<UUID> calledRunbook(DataFetchingEnvironment environment) {
    Action.RunRunbook run = Objects.requireNonNull(environment.getSource());
    if (run.key() == null) {
      return CompletableFuture.completedFuture(Objects.requireNonNull(run.runbookId()));
    }
    Caller caller = GraphQlCaller.of(environment);
    return BatchLoaders.load(
        environment, "runbook by key", run.key(), keys -> runbooks.idsByKey(caller, keys));
  }

  /** Batched, because a remote join of Hasura asks for many runbooks under aliases. */
  private @Nullable CompletableFuture<Runbook> runbook(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    @Nullable UUID id = environment.getArgument("id");
    return id == null
        ? null
        : BatchLoaders.load(
            environment,
            "runbook",
            id,
            ids ->
                runbooks.findAll(
                    caller, List.copyOf(ids), GraphQlResponseSize.budget(environment)));
  }

  private RelayConnection<Runbook> list(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    @Nullable InputReader input = GraphQlInputs.of(environment, "filter");
    RunbookFilter filter =
        input == null ? RunbookFilter.NOT_ARCHIVED : RunbookFilter.read(input, "search");
    if (input != null) {
      input.check();
    }
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"), environment.getArgument("after"), null, null);
    return new RelayConnection<>(
        runbooks.list(caller, filter, page, GraphQlResponseSize.budget(environment)),
        runbook -> RunbookQueries.cursor(caller.account(), runbook),
        () -> CompletableFuture.completedFuture(runbooks.count(caller, filter)));
  }

  private CompletableFuture<List<RunbookVersion>> versions(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    UUID id = Objects.requireNonNull(environment.<Runbook>getSource()).id();
    int first = PageRequest.size("first", environment.getArgument("first"));
    @Nullable Integer beforeVersion = environment.getArgument("beforeVersion");
    if (beforeVersion != null && beforeVersion < 1) {
      throw ApiException.malformed("beforeVersion", "must be 1 or more");
    }
    int before = beforeVersion == null ? Integer.MAX_VALUE : beforeVersion;
    return BatchLoaders.load(
        environment,
        "runbook versions " + first + " before " + before,
        id,
        ids -> {
          Map<UUID, List<RunbookVersion>> versions = new HashMap<>();
          runbooks
              .versions(
                  caller, List.copyOf(ids), before, first, GraphQlResponseSize.budget(environment))
              .forEach((runbook, read) -> versions.put(runbook, read.rows()));
          return versions;
        });
  }

  private CreateRunbook readApplied(InputReader input) {
    CreateRunbook command = CreateRunbook.read(input, parser);
    if (command.key() == null) {
      input.reject("key", "is required");
    }
    return command;
  }

  /** Repeating it is harmless with or without an idempotency key. */
  private AppliedRunbook apply(Caller caller, CreateRunbook command, @Nullable String ignored) {
    return runbooks.apply(caller, Objects.requireNonNull(command.key()), command.definition());
  }
}
