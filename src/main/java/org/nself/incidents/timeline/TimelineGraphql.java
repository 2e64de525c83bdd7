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
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.GraphqlCaller;
import org.nself.incidents.api.Batch;
import org.nself.incidents.api.Connection;
import org.nself.incidents.api.Field;
import org.nself.incidents.api.GraphqlInput;
import org.nself.incidents.api.Idempotency;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.Page;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;

/** The timeline in GraphQL. What is asked of several incidents at once is read in one statement. */
public final class TimelineGraphql implements RuntimeWiringConfigurer {

  private final Timeline timeline;
  private final JsonText json;
  private final Clock clock;

  TimelineGraphql(Timeline timeline, JsonText json, Clock clock) {
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
                type.dataFetcher("id", Field.of(TimelineEvent.class, TimelineEvent::id))
                    .dataFetcher(
                        "incidentId", Field.of(TimelineEvent.class, TimelineEvent::incidentId))
                    .dataFetcher("seq", Field.of(TimelineEvent.class, TimelineEvent::seq))
                    .dataFetcher("kind", Field.of(TimelineEvent.class, TimelineEvent::kind))
                    .dataFetcher("message", Field.of(TimelineEvent.class, TimelineEvent::message))
                    .dataFetcher("data", Field.of(TimelineEvent.class, TimelineEvent::data))
                    .dataFetcher("actor", Field.of(TimelineEvent.class, TimelineEvent::actor))
                    .dataFetcher(
                        "occurredAt", Field.of(TimelineEvent.class, TimelineEvent::occurredAt))
                    .dataFetcher(
                        "recordedAt", Field.of(TimelineEvent.class, TimelineEvent::recordedAt))
                    .dataFetcher(
                        "supersedes", Field.of(TimelineEvent.class, TimelineEvent::supersedes))
                    .dataFetcher("redacted", Field.of(TimelineEvent.class, TimelineEvent::redacted))
                    .dataFetcher("hash", Field.of(TimelineEvent.class, TimelineEvent::hash)))
        .type(
            "TimelineVerification",
            type ->
                type.dataFetcher(
                        "intact",
                        Field.of(TimelineVerification.class, TimelineVerification::intact))
                    .dataFetcher(
                        "events",
                        Field.of(TimelineVerification.class, TimelineVerification::events))
                    .dataFetcher(
                        "firstBrokenSeq",
                        Field.of(TimelineVerification.class, TimelineVerification::firstBrokenSeq))
                    .dataFetcher(
                        "headHash",
                        Field.of(TimelineVerification.class, TimelineVerification::headHash)));
    Connection.wire(wiring, "Timeline");
  }

  private TimelineEvent add(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    AddTimelineEvent command =
        AddTimelineEvent.read(input, input.requiredUuid("incidentId"), json, clock);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return timeline.add(GraphqlCaller.of(environment), command, key);
  }

  private TimelineEvent correct(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    CorrectTimelineEvent command = CorrectTimelineEvent.read(input, json, clock);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return timeline.correct(GraphqlCaller.of(environment), command, key);
  }

  private TimelineEvent redact(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    RedactTimelineEvent command = RedactTimelineEvent.read(input);
    @Nullable String key = Idempotency.key(input);
    input.check();
    return timeline.redact(GraphqlCaller.of(environment), command, key);
  }

  /**
   * The fetcher of {@code Incident.timeline}.
   *
   * @param incident the id of the incident that the field belongs to
   */
  public CompletableFuture<?> connection(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = GraphqlCaller.of(environment);
    TimelinePage page =
        TimelinePage.of(
            environment.getArgument("first"),
            environment.getArgument("afterSeq"),
            environment.getArgument("last"),
            environment.getArgument("beforeSeq"));
    // One loader for each set of arguments: they are the same for all incidents of a list.
    return Batch.<UUID, Page<TimelineEvent>>load(
            environment,
            "timeline " + page,
            incident,
            incidents -> timeline.pages(caller, List.copyOf(incidents), page, bytes(environment)))
        .thenApply(
            events ->
                new Connection<>(
                    events,
                    event -> String.valueOf(event.seq()),
                    () ->
                        Batch.<UUID, Integer>load(
                            environment,
                            "timelineCount",
                            incident,
                            incidents -> timeline.counts(caller, List.copyOf(incidents)))));
  }

  /** One answer has one bound, whatever its fields are; a subscription gives one after another. */
  private static EventBytes bytes(DataFetchingEnvironment environment) {
    return environment.getOperationDefinition().getOperation()
            == OperationDefinition.Operation.SUBSCRIPTION
        ? new EventBytes()
        : Objects.requireNonNull(
            environment
                .getGraphQlContext()
                .<EventBytes>computeIfAbsent(EventBytes.class, _ -> new EventBytes()));
  }

  /** The fetcher of {@code Incident.timelineVerification}. */
  public CompletableFuture<?> verification(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = GraphqlCaller.of(environment);
    return Batch.<UUID, TimelineVerification>load(
        environment,
        "timelineVerification",
        incident,
        incidents -> timeline.verify(caller, List.copyOf(incidents)));
  }
}
