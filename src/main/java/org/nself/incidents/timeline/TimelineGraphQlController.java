package org.nself.incidents.timeline;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.nself.incidents.web.graphql.GraphQlInputs;
import org.nself.incidents.web.graphql.GraphQlResponseSize;
import org.nself.incidents.web.graphql.QueryCostInstrumentation;
import org.nself.incidents.web.graphql.RelayConnection;
import org.nself.incidents.web.input.InputReader;
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
                type.dataFetcher("addTimelineEvent", this::add)
                    .dataFetcher("correctTimelineEvent", this::correct)
                    .dataFetcher("redactTimelineEvent", this::redact))
        .type("Subscription", type -> type.dataFetcher("timelineEvents", this::timelineEvents))
        .type(
            "TimelineEvent",
            type ->
                type.dataFetcher("id", Fetchers.of(TimelineEvent.class, TimelineEvent::id))
                    .dataFetcher(
                        "incidentId", Fetchers.of(TimelineEvent.class, TimelineEvent::incidentId))
                    .dataFetcher("seq", Fetchers.of(TimelineEvent.class, TimelineEvent::seq))
                    .dataFetcher("kind", Fetchers.of(TimelineEvent.class, TimelineEvent::kind))
                    .dataFetcher(
                        "message", Fetchers.of(TimelineEvent.class, TimelineEvent::message))
                    .dataFetcher("data", Fetchers.of(TimelineEvent.class, TimelineEvent::data))
                    .dataFetcher("actor", Fetchers.of(TimelineEvent.class, TimelineEvent::actor))
                    .dataFetcher(
                        "occurredAt", Fetchers.of(TimelineEvent.class, TimelineEvent::occurredAt))
                    .dataFetcher(
                        "recordedAt", Fetchers.of(TimelineEvent.class, TimelineEvent::recordedAt))
                    .dataFetcher(
                        "supersedes", Fetchers.of(TimelineEvent.class, TimelineEvent::supersedes))
                    .dataFetcher(
                        "redacted", Fetchers.of(TimelineEvent.class, TimelineEvent::redacted))
                    .dataFetcher("hash", Fetchers.of(TimelineEvent.class, TimelineEvent::hash)))
        .type(
            "TimelineVerification",
            type ->
                type.dataFetcher(
                        "intact",
                        Fetchers.of(TimelineVerification.class, TimelineVerification::intact))
                    .dataFetcher(
                        "events",
                        Fetchers.of(TimelineVerification.class, TimelineVerification::events))
                    .dataFetcher(
                        "firstBrokenSeq",
                        Fetchers.of(
                            TimelineVerification.class, TimelineVerification::firstBrokenSeq))
                    .dataFetcher(
                        "headHash",
                        Fetchers.of(TimelineVerification.class, TimelineVerification::headHash))
                    .dataFetcher(
                        "findings",
                        Fetchers.of(TimelineVerification.class, TimelineVerification::findings)))
        .type(
            "TimelineFinding",
            type ->
                type.dataFetcher(
                        "seq",
                        Fetchers.of(
                            TimelineVerification.Finding.class, TimelineVerification.Finding::seq))
                    .dataFetcher(
                        "problem",
                        Fetchers.of(
                            TimelineVerification.Finding.class,
                            TimelineVerification.Finding::problem)));
    RelayConnection.wire(wiring, "Timeline");
  }

  private TimelineEvent add(DataFetchingEnvironment environment) {
    Caller caller = caller(environment, Permission.WRITE);
    InputReader input = GraphQlInputs.of(environment);
    AddTimelineEvent command =
        AddTimelineEvent.read(input, input.requiredUuid("incidentId"), json, clock);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return timeline.add(caller, command, key);
  }

  private TimelineEvent correct(DataFetchingEnvironment environment) {
    Caller caller = caller(environment, Permission.WRITE);
    InputReader input = GraphQlInputs.of(environment);
    CorrectTimelineEvent command = CorrectTimelineEvent.read(input, json, clock);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return timeline.correct(caller, command, key);
  }

  private TimelineEvent redact(DataFetchingEnvironment environment) {
    Caller caller = caller(environment, Permission.ADMINISTER);
    InputReader input = GraphQlInputs.of(environment);
    RedactTimelineEvent command = RedactTimelineEvent.read(input);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return timeline.redact(caller, command, key);
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
                new LiveService.TopicPosition<>(
                    topics.of(caller.account(), incident), afterSeq == null ? 0 : afterSeq),
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
