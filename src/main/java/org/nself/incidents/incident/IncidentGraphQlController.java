package org.nself.incidents.incident;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.TypeRuntimeWiring;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.incident.IncidentChangeTopic.IncidentChange;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.TimelineGraphQlController;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.nself.incidents.web.graphql.GraphQlInputs;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.graphql.QueryCostInstrumentation;
import org.nself.incidents.web.graphql.RelayConnection;
import org.nself.incidents.web.graphql.SelectedFields;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.Strings;
import org.nself.incidents.web.paging.PageRequest;
import org.reactivestreams.Publisher;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;
import reactor.core.publisher.Flux;

/** GraphQL API of incidents. */
final class IncidentGraphQlController implements RuntimeWiringConfigurer {

  private final IncidentService incidents;
  private final TimelineGraphQlController timeline;
  private final IncidentChangeTopic changes;
  private final LiveService live;
  private final Clock clock;
  private final SelectedFields fields = new SelectedFields();

  IncidentGraphQlController(
      IncidentService incidents,
      TimelineGraphQlController timeline,
      IncidentChangeTopic changes,
      LiveService live,
      Clock clock) {
    this.incidents = incidents;
    this.timeline = timeline;
    this.changes = changes;
    this.live = live;
    this.clock = clock;
  }

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Query",
            type ->
                type.dataFetcher("incident", this::incident)
                    .dataFetcher("incidentByNumber", this::incidentByNumber)
                    .dataFetcher("incidentByDedupKey", this::incidentByDedupKey)
                    .dataFetcher("incidents", this::list))
        .type(
            "Mutation",
            type ->
                type.dataFetcher("openIncident", this::open)
                    .dataFetcher("updateIncident", this::update)
                    .dataFetcher("transitionIncident", this::transition)
                    .dataFetcher("mergeIncident", this::merge))
        .type("Subscription", type -> type.dataFetcher("incidentChanges", this::incidentChanges))
        .type(
            "IncidentChange",
            type ->
                type.dataFetcher(
                        "cursor", Fetchers.of(IncidentChange.class, IncidentChange::cursor))
                    .dataFetcher("event", Fetchers.of(IncidentChange.class, IncidentChange::event))
                    .dataFetcher(
                        "incident", Fetchers.of(IncidentChange.class, IncidentChange::incident)))
        .type("Incident", this::fields);
    RelayConnection.wire(wiring, "Incident");
  }

  private TypeRuntimeWiring.Builder fields(TypeRuntimeWiring.Builder type) {
    type.dataFetcher("id", Fetchers.of(Incident.class, Incident::id))
        .dataFetcher("number", Fetchers.of(Incident.class, Incident::number))
        .dataFetcher("kind", Fetchers.of(Incident.class, Incident::kind))
        .dataFetcher("title", Fetchers.of(Incident.class, Incident::title))
        .dataFetcher("summary", Fetchers.of(Incident.class, Incident::summary))
        .dataFetcher("severity", Fetchers.of(Incident.class, Incident::severity))
        .dataFetcher("status", Fetchers.of(Incident.class, Incident::status))
        .dataFetcher("owner", Fetchers.of(Incident.class, Incident::owner))
        .dataFetcher("openedBy", Fetchers.of(Incident.class, Incident::openedBy))
        .dataFetcher("labels", Fetchers.of(Incident.class, Incident::labels))
        .dataFetcher("services", Fetchers.of(Incident.class, Incident::services))
        .dataFetcher("dedupKey", Fetchers.of(Incident.class, Incident::dedupKey))
        .dataFetcher("occurrences", Fetchers.of(Incident.class, Incident::occurrences))
        .dataFetcher("mergedInto", Fetchers.of(Incident.class, Incident::mergedInto))
        .dataFetcher("version", Fetchers.of(Incident.class, Incident::version))
        .dataFetcher("reopenCount", Fetchers.of(Incident.class, Incident::reopenCount))
        .dataFetcher("openedAt", Fetchers.of(Incident.class, Incident::openedAt))
        .dataFetcher("acknowledgedAt", Fetchers.of(Incident.class, Incident::acknowledgedAt))
        .dataFetcher("mitigatedAt", Fetchers.of(Incident.class, Incident::mitigatedAt))
        .dataFetcher("resolvedAt", Fetchers.of(Incident.class, Incident::resolvedAt))
        .dataFetcher("closedAt", Fetchers.of(Incident.class, Incident::closedAt))
        .dataFetcher("updatedAt", Fetchers.of(Incident.class, Incident::updatedAt))
        .dataFetcher(
            "availableTransitions", Fetchers.of(Incident.class, Incident::availableTransitions));
    return type.dataFetcher(
            "timeline", environment -> timeline.connection(environment, id(environment)))
        .dataFetcher(
            "timelineVerification",
            environment -> timeline.verification(environment, id(environment)));
  }

  private static UUID id(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.<Incident>getSource()).id();
  }

  /** A remote join requests one incident under each of many aliases; one query loads all. */
  private @Nullable CompletableFuture<Incident> incident(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    @Nullable UUID id = environment.getArgument("id");
    return id == null
        ? null
        : BatchLoaders.load(
            environment,
            "incident",
            id,
            ids ->
                incidents.findAll(
                    caller, List.copyOf(ids), GraphQlResponseSize.budget(environment)));
  }

  private @Nullable Incident incidentByDedupKey(DataFetchingEnvironment environment) {
    @Nullable String key = environment.getArgument("dedupKey");
    return key == null || key.isBlank() || key.indexOf(0) >= 0
        ? null
        : incidents.find(
            GraphQlCaller.of(environment), new IncidentRef.ByDedupKey(Strings.normalize(key)));
  }

  private @Nullable Incident incidentByNumber(DataFetchingEnvironment environment) {
    @Nullable Integer number = environment.getArgument("number");
    if (number == null) {
      return null;
    }
    @Nullable Incident found =
        incidents.find(GraphQlCaller.of(environment), new IncidentRef.ByNumber(number));
    if (found != null) {
      GraphQlResponseSize.budget(environment)
          .spendOrRefuse(IncidentService.weight(found), "ask for fewer incidents");
    }
    return found;
  }

  private RelayConnection<Incident> list(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    @Nullable InputReader input = GraphQlInputs.of(environment, "filter");
    IncidentFilter filter = input == null ? IncidentFilter.NONE : IncidentFilter.read(input);
    if (input != null) {
      input.check();
    }
    @Nullable String orderBy = environment.getArgument("orderBy");
    @Nullable IncidentOrder parsed = orderBy == null ? null : IncidentOrder.parse(orderBy);
    IncidentOrder order = parsed == null ? IncidentOrder.OPENED_AT_DESC : parsed;
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"),
            environment.getArgument("after"),
            environment.getArgument("last"),
            environment.getArgument("before"));
    return new RelayConnection<>(
        incidents.list(
            caller,
            IncidentColumns.of(fields.of(environment)),
            filter,
            order,
            page,
            GraphQlResponseSize.budget(environment)),
        incident -> IncidentQueries.cursor(caller.account(), order, incident),
        () -> CompletableFuture.completedFuture(incidents.count(caller, filter)));
  }

  private Incident open(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.WRITE);
    InputReader input = GraphQlInputs.of(environment);
    OpenIncident command = OpenIncident.read(input, clock);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return incidents.open(caller, command, key).incident();
  }

  private Incident update(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.WRITE);
    InputReader input = GraphQlInputs.of(environment);
    ChangeIncident command = ChangeIncident.readUpdate(input);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return incidents.change(caller, command, key);
  }

  private Incident transition(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.WRITE);
    InputReader input = GraphQlInputs.of(environment);
    ChangeIncident command = ChangeIncident.readTransition(input);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return incidents.change(caller, command, key);
  }

  private Incident merge(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.WRITE);
    InputReader input = GraphQlInputs.of(environment);
    MergeIncident command = MergeIncident.read(input);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return incidents.merge(caller, command, key);
  }

  private Publisher<IncidentChange> incidentChanges(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.READ);
    @Nullable String after = environment.getArgument("after");
    LiveService.TopicPosition<IncidentChangeTopic.Entry> from =
        changes.from(caller, "after", after);
    Flux<IncidentChange> published =
        Flux.from(
                live.publisher(
                    caller,
                    from,
                    QueryCostInstrumentation.complexity(environment),
                    GraphQlResponseSize.budget(environment)))
            .map(IncidentChangeTopic.Entry::change);
    // Otherwise a client that is disconnected before the first change has no cursor.
    return after == null
        ? published.startWith(new IncidentChange(IncidentChangeTopic.cursor(from), null, null))
        : published;
  }
}
