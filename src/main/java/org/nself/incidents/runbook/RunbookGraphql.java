package org.nself.incidents.runbook;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.TypeRuntimeWiring;
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
import org.nself.incidents.api.Field;
import org.nself.incidents.api.GraphqlInput;
import org.nself.incidents.api.Idempotency;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.PageRequest;
import org.nself.incidents.api.Problem;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** Runbooks in GraphQL. Fields without a fetcher here are methods of the same name. */
final class RunbookGraphql implements RuntimeWiringConfigurer {

  private final Runbooks runbooks;
  private final DefinitionReader reader;

  RunbookGraphql(Runbooks runbooks, DefinitionReader reader) {
    this.runbooks = runbooks;
    this.reader = reader;
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
                type.dataFetcher("createRunbook", this::create)
                    .dataFetcher("updateRunbook", this::update)
                    .dataFetcher("archiveRunbook", this::archive))
        .type(
            "Runbook",
            type ->
                definition(type, Runbook.class, Runbook::definition)
                    .dataFetcher("versions", this::versions))
        .type(
            "RunbookVersion",
            type -> definition(type, RunbookVersion.class, RunbookVersion::definition))
        .type(
            "RunbookInput",
            type ->
                type.dataFetcher(
                    "default", Field.of(RunbookInput.class, RunbookInput::defaultValue)))
        .type("RunbookStep", type -> type.dataFetcher("wait", Field.of(Step.class, Step::waiting)))
        .type(
            "RunbookHttp",
            type -> type.dataFetcher("headers", Field.of(Action.Http.class, this::headers)));
    Connection.wire(wiring, "Runbook");
  }

  private static <T> TypeRuntimeWiring.Builder definition(
      TypeRuntimeWiring.Builder type, Class<T> parent, Function<T, Definition> definition) {
    return type.dataFetcher("name", Field.of(parent, of -> definition.apply(of).name()))
        .dataFetcher("description", Field.of(parent, of -> definition.apply(of).description()))
        .dataFetcher("inputs", Field.of(parent, of -> definition.apply(of).inputs()))
        .dataFetcher("steps", Field.of(parent, of -> definition.apply(of).steps()))
        .dataFetcher("attach", Field.of(parent, of -> definition.apply(of).attach()));
  }

  private List<Header> headers(Action.Http http) {
    return http.headers().entrySet().stream()
        .map(header -> new Header(header.getKey(), header.getValue()))
        .toList();
  }

  /** A remote join asks for one runbook under many aliases; they are read together. */
  private @Nullable CompletableFuture<Runbook> runbook(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    @Nullable UUID id = environment.getArgument("id");
    return id == null
        ? null
        : Batch.load(environment, "runbook", id, ids -> runbooks.findAll(caller, List.copyOf(ids)));
  }

  private Connection<Runbook> list(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    @Nullable Input input = GraphqlInput.of(environment, "filter");
    RunbookFilter filter = RunbookFilter.IN_USE;
    if (input != null) {
      filter = RunbookFilter.read(input, "search");
      input.check();
    }
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"), environment.getArgument("after"), null, null);
    RunbookFilter wanted = filter;
    return new Connection<>(
        runbooks.list(caller, wanted, page),
        runbook -> RunbookSearch.cursor(caller.account(), runbook),
        () -> CompletableFuture.completedFuture(runbooks.count(caller, wanted)));
  }

  private CompletableFuture<List<RunbookVersion>> versions(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    UUID id = Objects.requireNonNull(environment.<Runbook>getSource()).id();
    int first = PageRequest.size("first", environment.getArgument("first"));
    @Nullable Integer given = environment.getArgument("beforeVersion");
    if (given != null && given < 1) {
      throw Problem.malformed("beforeVersion", "must be 1 or more");
    }
    int before = given == null ? Integer.MAX_VALUE : given;
    return Batch.load(
        environment,
        "runbook versions " + first + " before " + before,
        id,
        asked -> runbooks.versions(caller, List.copyOf(asked), before, first));
  }

  private Runbook create(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    CreateRunbook command = CreateRunbook.read(input, reader);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return runbooks.create(GraphqlCaller.of(environment), command, key);
  }

  private Runbook update(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    UpdateRunbook command = UpdateRunbook.readUpdate(input, reader);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return runbooks.update(GraphqlCaller.of(environment), command, key);
  }

  private Runbook archive(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    ArchiveRunbook command = ArchiveRunbook.read(input);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return runbooks.archive(GraphqlCaller.of(environment), command, key);
  }
}
