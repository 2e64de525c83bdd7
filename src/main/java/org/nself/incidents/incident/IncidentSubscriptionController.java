package org.nself.incidents.incident;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.GraphQlCaller;
import org.nself.incidents.timeline.FeedEvent;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.timeline.TimelineTopics;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.graphql.Fetchers;
import org.reactivestreams.Publisher;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;
import reactor.core.publisher.Flux;

/** Following incidents in GraphQL. */
final class IncidentSubscriptionController implements RuntimeWiringConfigurer {

  private final IncidentService incidents;
  private final TimelineTopics timelines;
  private final IncidentChangeTopic changes;
  private final LiveService live;

  IncidentSubscriptionController(
      IncidentService incidents,
      TimelineTopics timelines,
      IncidentChangeTopic changes,
      LiveService live) {
    this.incidents = incidents;
    this.timelines = timelines;
    this.changes = changes;
    this.live = live;
  }

  @Override
  public void configure(RuntimeWiring.Builder wiring) {
    wiring
        .type(
            "Subscription",
            type ->
                type.dataFetcher("timelineEvents", this::timelineEvents)
                    .dataFetcher("incidentChanges", this::incidentChanges))
        .type(
            "IncidentChange",
            type ->
                type.dataFetcher(
                        "cursor", Fetchers.of(IncidentChange.class, IncidentChange::cursor))
                    .dataFetcher("event", Fetchers.of(IncidentChange.class, IncidentChange::event))
                    .dataFetcher(
                        "incident", Fetchers.of(IncidentChange.class, IncidentChange::incident)));
  }

  private Publisher<TimelineEvent> timelineEvents(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    UUID id = Objects.requireNonNull(environment.getArgument("incidentId"));
    @Nullable Integer afterSeq = environment.getArgument("afterSeq");
    if (afterSeq != null && afterSeq < 0) {
      throw ApiException.malformed("afterSeq", "must be at least 0");
    }
    UUID incident = incidents.get(caller, new IncidentRef.ById(id)).id();
    return Flux.from(
            live.publisher(
                caller,
                new LiveService.TopicPosition<>(
                    timelines.of(caller.account(), incident), afterSeq == null ? 0 : afterSeq)))
        .map(FeedEvent::event);
  }

  private Publisher<IncidentChange> incidentChanges(DataFetchingEnvironment environment) {
    Caller caller = GraphQlCaller.of(environment);
    @Nullable String after = environment.getArgument("after");
    LiveService.TopicPosition<IncidentChangeTopic.Entry> from =
        changes.from(caller, "after", after);
    Flux<IncidentChange> following =
        Flux.from(live.publisher(caller, from)).map(IncidentChangeTopic.Entry::change);
    // Else a client that is cut off before the first change would not know where it began.
    return after == null
        ? following.startWith(new IncidentChange(IncidentChangeTopic.cursor(from), null, null))
        : following;
  }
}
