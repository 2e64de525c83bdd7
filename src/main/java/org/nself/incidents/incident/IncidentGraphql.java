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
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.GraphqlCaller;
import org.nself.incidents.api.Batch;
import org.nself.incidents.api.Connection;
import org.nself.incidents.api.DocumentFields;
import org.nself.incidents.api.Field;
import org.nself.incidents.api.GraphqlInput;
import org.nself.incidents.api.Idempotency;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.PageRequest;
import org.nself.incidents.timeline.TimelineGraphql;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** Incidents in GraphQL. */
final class IncidentGraphql implements RuntimeWiringConfigurer {

  private final Incidents incidents;
  private final TimelineGraphql timeline;
  private final Clock clock;
  private final DocumentFields fields = new DocumentFields();

  IncidentGraphql(Incidents incidents, TimelineGraphql timeline, Clock clock) {
    this.incidents = incidents;
    this.timeline = timeline;
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
                    .dataFetcher("incidents", this::list))
        .type(
            "Mutation",
            type ->
                type.dataFetcher("openIncident", this::open)
                    .dataFetcher("updateIncident", this::update)
                    .dataFetcher("transitionIncident", this::transition)
                    .dataFetcher("mergeIncident", this::merge))
        .type("Incident", this::fields);
    Connection.wire(wiring, "Incident");
  }

  private TypeRuntimeWiring.Builder fields(TypeRuntimeWiring.Builder type) {
    type.dataFetcher("id", Field.of(Incident.class, Incident::id))
        .dataFetcher("number", Field.of(Incident.class, Incident::number))
        .dataFetcher("title", Field.of(Incident.class, Incident::title))
        .dataFetcher("summary", Field.of(Incident.class, Incident::summary))
        .dataFetcher("severity", Field.of(Incident.class, Incident::severity))
        .dataFetcher("status", Field.of(Incident.class, Incident::status))
        .dataFetcher("owner", Field.of(Incident.class, Incident::owner))
        .dataFetcher("openedBy", Field.of(Incident.class, Incident::openedBy))
        .dataFetcher("labels", Field.of(Incident.class, Incident::labels))
        .dataFetcher("services", Field.of(Incident.class, Incident::services))
        .dataFetcher("dedupKey", Field.of(Incident.class, Incident::dedupKey))
        .dataFetcher("occurrences", Field.of(Incident.class, Incident::occurrences))
        .dataFetcher("mergedInto", Field.of(Incident.class, Incident::mergedInto))
        .dataFetcher("version", Field.of(Incident.class, Incident::version))
        .dataFetcher("reopenCount", Field.of(Incident.class, Incident::reopenCount))
        .dataFetcher("openedAt", Field.of(Incident.class, Incident::openedAt))
        .dataFetcher("acknowledgedAt", Field.of(Incident.class, Incident::acknowledgedAt))
        .dataFetcher("mitigatedAt", Field.of(Incident.class, Incident::mitigatedAt))
        .dataFetcher("resolvedAt", Field.of(Incident.class, Incident::resolvedAt))
        .dataFetcher("closedAt", Field.of(Incident.class, Incident::closedAt))
        .dataFetcher("updatedAt", Field.of(Incident.class, Incident::updatedAt))
        .dataFetcher(
            "availableTransitions", Field.of(Incident.class, Incident::availableTransitions));
    return type.dataFetcher(
            "timeline", environment -> timeline.connection(environment, id(environment)))
        .dataFetcher(
            "timelineVerification",
            environment -> timeline.verification(environment, id(environment)));
  }

  private static UUID id(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.<Incident>getSource()).id();
  }

  /** A remote join asks for one incident under many aliases; they are read together. */
  private @Nullable CompletableFuture<Incident> incident(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    @Nullable UUID id = environment.getArgument("id");
    return id == null
        ? null
        : Batch.load(
            environment, "incident", id, ids -> incidents.findAll(caller, List.copyOf(ids)));
  }

  private @Nullable Incident incidentByNumber(DataFetchingEnvironment environment) {
    @Nullable Integer number = environment.getArgument("number");
    return number == null
        ? null
        : incidents.find(GraphqlCaller.of(environment), new IncidentKey.ByNumber(number));
  }

  private Connection<Incident> list(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    @Nullable Input input = GraphqlInput.of(environment, "filter");
    IncidentFilter filter = IncidentFilter.NONE;
    if (input != null) {
      filter = IncidentFilter.read(input);
      input.check();
    }
    @Nullable String word = environment.getArgument("orderBy");
    @Nullable IncidentOrder order = word == null ? null : IncidentOrder.named(word);
    IncidentOrder known = order == null ? IncidentOrder.OPENED_AT_DESC : order;
    PageRequest page =
        PageRequest.of(
            environment.getArgument("first"),
            environment.getArgument("after"),
            environment.getArgument("last"),
            environment.getArgument("before"));
    IncidentFilter wanted = filter;
    return new Connection<>(
        incidents.list(caller, IncidentColumns.of(fields.of(environment)), wanted, known, page),
        incident -> IncidentSearch.cursor(caller.account(), known, incident),
        () -> CompletableFuture.completedFuture(incidents.count(caller, wanted)));
  }

  private Incident open(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    OpenIncident command = OpenIncident.read(input, clock);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return incidents.open(GraphqlCaller.of(environment), command, key).incident();
  }

  private Incident update(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    ChangeIncident command = ChangeIncident.readUpdate(input);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return incidents.change(GraphqlCaller.of(environment), command, key);
  }

  private Incident transition(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    ChangeIncident command = ChangeIncident.readTransition(input);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return incidents.change(GraphqlCaller.of(environment), command, key);
  }

  private Incident merge(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    MergeIncident command = MergeIncident.read(input);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return incidents.merge(GraphqlCaller.of(environment), command, key);
  }
}
