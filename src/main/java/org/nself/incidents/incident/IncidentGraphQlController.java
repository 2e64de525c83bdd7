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
import org.nself.incidents.incident.IncidentChangeTopic.IncidentChange;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.GraphQlMutations;
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
                type.dataFetcher(
                        "openIncident",
                        GraphQlMutations.of(
                            Permission.WRITE,
                            input -> OpenIncident.read(input, clock),
                            (caller, command, key) ->
                                incidents.open(caller, command, key).incident()))
                    .dataFetcher(
                        "updateIncident",
                        GraphQlMutations.of(
                            Permission.WRITE, ChangeIncident::readUpdate, incidents::change))
                    .dataFetcher(
                        "transitionIncident",
                        GraphQlMutations.of(
                            Permission.WRITE, ChangeIncident::readTransition, incidents::change))
                    .dataFetcher(
                        "mergeIncident",
                        GraphQlMutations.of(
                            Permission.WRITE, MergeIncident::read, incidents::merge)))
        .type("Subscription", type -> type.dataFetcher("incidentChanges", this::incidentChanges))
        .type("IncidentChange", type -> Fetchers.addComponents(type, IncidentChange.class))
        .type("Incident", this::fields);
    RelayConnection.wire(wiring, "Incident");
  }

  private TypeRuntimeWiring.Builder fields(TypeRuntimeWiring.Builder type) {
    return Fetchers.addComponents(type, Incident.class)
        .dataFetcher(
            "availableTransitions", Fetchers.of(Incident.class, Incident::availableTransitions))
        .dataFetcher("timeline", environment -> timeline.connection(environment, id(environment)))
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
        : find(environment, new IncidentRef.ByDedupKey(Strings.normalize(key)));
  }

  private @Nullable Incident incidentByNumber(DataFetchingEnvironment environment) {
    @Nullable Integer number = environment.getArgument("number");
    return number == null ? null : find(environment, new IncidentRef.ByNumber(number));
  }

  private @Nullable Incident find(DataFetchingEnvironment environment, IncidentRef reference) {
    @Nullable Incident found = incidents.find(GraphQlCaller.of(environment), reference);
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

  private Publisher<IncidentChange> incidentChanges(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(Permission.READ);
    @Nullable String after = environment.getArgument("after");
    LiveService.TopicPosition<IncidentChangeTopic.ChangeEntry> from =
        changes.from(caller, "after", after);
    Flux<IncidentChange> published =
        Flux.from(
                live.publisher(
                    caller,
                    from,
                    QueryCostInstrumentation.complexity(environment),
                    GraphQlResponseSize.budget(environment)))
            .map(IncidentChangeTopic.ChangeEntry::change);
    // Otherwise a client that is disconnected before the first change has no cursor.
    return after == null
        ? published.startWith(new IncidentChange(IncidentChangeTopic.cursor(from), null, null))
        : published;
  }
}
