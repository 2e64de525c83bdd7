package org.nself.incidents.timeline;

import graphql.language.OperationDefinition;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.IdempotencyRequest;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.web.graphql.BatchLoaders;
import org.nself.incidents.web.graphql.Fetchers;
import org.nself.incidents.web.graphql.GraphQlInputs;
import org.nself.incidents.web.graphql.RelayConnection;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;
import org.nself.incidents.web.paging.Page;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** The timeline in GraphQL. What is asked of several incidents at once is read in one statement. */
public final class TimelineGraphQlController implements RuntimeWiringConfigurer {

  private final TimelineService timeline;
  private final StrictJson json;
  private final Clock clock;

  TimelineGraphQlController(TimelineService timeline, StrictJson json, Clock clock) {
    this.timeline = timeline;
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
                        Fetchers.of(TimelineVerification.class, TimelineVerification::headHash)));
    RelayConnection.wire(wiring, "Timeline");
  }

  private TimelineEvent add(DataFetchingEnvironment environment) {
    InputReader input = GraphQlInputs.of(environment);
    AddTimelineEvent command =
        AddTimelineEvent.read(input, input.requiredUuid("incidentId"), json, clock);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return timeline.add(GraphQlCaller.of(environment), command, key);
  }

  private TimelineEvent correct(DataFetchingEnvironment environment) {
    InputReader input = GraphQlInputs.of(environment);
    CorrectTimelineEvent command = CorrectTimelineEvent.read(input, json, clock);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return timeline.correct(GraphQlCaller.of(environment), command, key);
  }

  private TimelineEvent redact(DataFetchingEnvironment environment) {
    InputReader input = GraphQlInputs.of(environment);
    RedactTimelineEvent command = RedactTimelineEvent.read(input);
    @Nullable String key = IdempotencyRequest.key(input);
    input.check();
    return timeline.redact(GraphQlCaller.of(environment), command, key);
  }

  /**
   * The fetcher of {@code Incident.timeline}.
   *
   * @param incident the id of the incident that the field belongs to
   */
  public CompletableFuture<?> connection(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = GraphQlCaller.of(environment);
    TimelinePage page =
        TimelinePage.of(
            environment.getArgument("first"),
            environment.getArgument("afterSeq"),
            environment.getArgument("last"),
            environment.getArgument("beforeSeq"));
    // One loader for each set of arguments: they are the same for all incidents of a list.
    return BatchLoaders.<UUID, Page<TimelineEvent>>load(
            environment,
            "timeline " + page,
            incident,
            incidents -> timeline.pages(caller, List.copyOf(incidents), page, bytes(environment)))
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

  /** One answer has one bound, whatever its fields are; a subscription gives one after another. */
  private static ResponseSizeBudget bytes(DataFetchingEnvironment environment) {
    return environment.getOperationDefinition().getOperation()
            == OperationDefinition.Operation.SUBSCRIPTION
        ? new ResponseSizeBudget()
        : Objects.requireNonNull(
            environment
                .getGraphQlContext()
                .<ResponseSizeBudget>computeIfAbsent(
                    ResponseSizeBudget.class, _ -> new ResponseSizeBudget()));
  }

  /** The fetcher of {@code Incident.timelineVerification}. */
  public CompletableFuture<?> verification(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = GraphQlCaller.of(environment);
    return BatchLoaders.<UUID, TimelineVerification>load(
        environment,
        "timelineVerification",
        incident,
        incidents -> timeline.verify(caller, List.copyOf(incidents)));
  }
}
