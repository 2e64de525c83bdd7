package org.nself.incidents.timeline;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.Caller;
import org.nself.incidents.api.Batch;
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

  private record Connection(UUID incident, Page<TimelineEvent> page) {}

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
            "TimelineConnection",
            type ->
                type.dataFetcher(
                        "edges",
                        Field.of(Connection.class, connection -> connection.page().items()))
                    .dataFetcher(
                        "nodes",
                        Field.of(Connection.class, connection -> connection.page().items()))
                    .dataFetcher("pageInfo", Field.of(Connection.class, TimelineGraphql::pageInfo))
                    .dataFetcher("totalCount", this::totalCount))
        .type(
            "TimelineEdge",
            type ->
                type.dataFetcher("node", Field.of(TimelineEvent.class, event -> event))
                    .dataFetcher(
                        "cursor",
                        Field.of(TimelineEvent.class, event -> String.valueOf(event.seq()))))
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
  }

  private static Map<String, @Nullable Object> pageInfo(Connection connection) {
    return connection.page().info(event -> String.valueOf(event.seq()));
  }

  private TimelineEvent add(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    AddTimelineEvent command =
        AddTimelineEvent.read(input, input.requiredUuid("incidentId"), json, clock);
    @Nullable String key = input.text("idempotencyKey", Idempotency.MAX_KEY);
    input.check();
    return timeline.add(caller(environment), command, key);
  }

  private TimelineEvent correct(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    CorrectTimelineEvent command = CorrectTimelineEvent.read(input, json, clock);
    @Nullable String key = input.text("idempotencyKey", Idempotency.MAX_KEY);
    input.check();
    return timeline.correct(caller(environment), command, key);
  }

  private TimelineEvent redact(DataFetchingEnvironment environment) {
    Input input = GraphqlInput.of(environment);
    RedactTimelineEvent command = RedactTimelineEvent.read(input);
    @Nullable String key = input.text("idempotencyKey", Idempotency.MAX_KEY);
    input.check();
    return timeline.redact(caller(environment), command, key);
  }

  /**
   * The fetcher of {@code Incident.timeline}.
   *
   * @param incident the id of the incident that the field belongs to
   */
  public CompletableFuture<?> connection(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = caller(environment);
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
            incidents -> timeline.pages(caller, List.copyOf(incidents), page))
        .thenApply(events -> new Connection(incident, events));
  }

  /** The fetcher of {@code Incident.timelineVerification}. */
  public CompletableFuture<?> verification(DataFetchingEnvironment environment, UUID incident) {
    Caller caller = caller(environment);
    return Batch.<UUID, TimelineVerification>load(
        environment,
        "timelineVerification",
        incident,
        incidents -> timeline.verify(caller, List.copyOf(incidents)));
  }

  private CompletableFuture<Integer> totalCount(DataFetchingEnvironment environment) {
    Caller caller = caller(environment);
    Connection connection = Objects.requireNonNull(environment.getSource());
    return Batch.load(
        environment,
        "timelineCount",
        connection.incident(),
        incidents -> timeline.counts(caller, List.copyOf(incidents)));
  }

  private static Caller caller(DataFetchingEnvironment environment) {
    return Objects.requireNonNull(environment.getGraphQlContext().get(Caller.ATTRIBUTE));
  }
}
