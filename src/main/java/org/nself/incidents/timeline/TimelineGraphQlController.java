package org.nself.incidents.timeline;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.GraphQlMutations;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.graphql.QueryCostInstrumentation;
import org.nself.incidents.web.graphql.RelayConnection;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.reactivestreams.Publisher;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;
import reactor.core.publisher.Flux;

/** Timelines in GraphQL. Fields of several incidents are read in one statement. */
public final class TimelineGraphQlController implements RuntimeWiringConfigurer {

  private final TimelineService timeline;
  private final TimelineTopics topics;
  private final LiveService live;
  private final StrictJson json;
  private final Clock clock;

  TimelineGraphQlController(
      TimelineService timeline,
      TimelineTopics topics,
      LiveService live,
      StrictJson json,
      Clock clock) {
    this.timeline = timeline;
    this.topics = topics;
    this.live = live;
    this.json = json;
    this.clock = clock;
  }

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Mutation",
            type ->
                type.dataFetcher(
                        "addTimelineEvent",
                        GraphQlMutations.of(
                            Permission.WRITE,
                            input ->
                                AddTimelineEvent.read(
                                    input, input.requiredUuid("incidentId"), json, clock),
                            timeline::add))
                    .dataFetcher(
                        "correctTimelineEvent",
                        GraphQlMutations.of(
                            Permission.WRITE,
                            input -> CorrectTimelineEvent.read(input, json, clock),
                            timeline::correct))
                    .dataFetcher(
                        "redactTimelineEvent",
                        GraphQlMutations.of(
                            Permission.ADMINISTER, RedactTimelineEvent::read, timeline::redact)))
        .type("Subscription", type -> type.dataFetcher("timelineEvents", this::timelineEvents))
        .type("TimelineEvent", type -> Fetchers.addComponents(type, TimelineEvent.class))
        .type(
            "TimelineVerification",
            type -> Fetchers.addComponents(type, TimelineVerification.class))
        .type(
            "TimelineFinding",
            type -> Fetchers.addComponents(type, TimelineVerification.Finding.class));
    RelayConnection.wire(wiring, "Timeline");
  }

  /** Permission is checked before the input is validated. */
  private static Caller caller(DataFetchingEnvironment environment, Permission permission) {
    Caller caller = GraphQlCaller.of(environment);
    caller.requirePermission(permission);
    return caller;
  }

  private Publisher<TimelineEvent> timelineEvents(DataFetchingEnvironment environment) {
    Caller caller = caller(environment, Permission.READ);
    UUID id = Objects.requireNonNull(environment.getArgument("incidentId"));
    @Nullable Integer afterSeq = environment.getArgument("afterSeq");
    if (afterSeq != null && afterSeq < 0) {
      throw ApiException.malformed("afterSeq", "must be at least 0");
    }
    UUID incident = timeline.incidentId(caller, new IncidentRef.ById(id));
    return Flux.from(
            live.publisher(
                caller,
                topics.from(caller.account(), incident, afterSeq == null ? 0 : afterSeq),
                QueryCostInstrumentation.complexity(environment),
                GraphQlResponseSize.budget(environment)))
        .map(FeedEvent::event);
  }

  /**
   * The fetcher of {@code Incident.timeline}.
   *
   * @param incident the id of the incident that the field belongs to
   */
  public CompletableFuture<?> connection(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = caller(environment, Permission.READ);
    TimelinePage page =
        TimelinePage.of(
            environment.getArgument("first"),
            environment.getArgument("afterSeq"),
            environment.getArgument("last"),
            environment.getArgument("beforeSeq"));
    // One loader per set of arguments; all incidents of a list share one.
    return BatchLoaders.<UUID, Page<TimelineEvent>>load(
            environment,
            "timeline " + page,
            incident,
            incidents ->
                timeline.pages(
                    caller, List.copyOf(incidents), page, GraphQlResponseSize.budget(environment)))
        .thenApply(
            events ->
                new RelayConnection<>(
                    events,
                    event -> String.valueOf(event.seq()),
                    () ->
                        BatchLoaders.<UUID, Integer>load(
                            environment,
                            "timelineCount",
                            incident,
                            incidents -> timeline.counts(caller, List.copyOf(incidents)))));
  }

  /** The fetcher of {@code Incident.timelineVerification}. */
  public CompletableFuture<?> verification(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = GraphQlCaller.of(environment);
    @Nullable String anchor = environment.getArgument("anchor");
    return BatchLoaders.<UUID, TimelineVerification>load(
        environment,
        "timelineVerification " + anchor,
        incident,
        incidents -> timeline.verify(caller, List.copyOf(incidents), anchor));
  }
}
