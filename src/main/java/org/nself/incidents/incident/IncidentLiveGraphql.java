package org.nself.incidents.incident;

import graphql.schema.DataFetchingEnvironment;
import graphql.schema.idl.RuntimeWiring;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.GraphqlCaller;
import org.nself.incidents.api.Field;
import org.nself.incidents.api.Problem;
import org.nself.incidents.live.Live;
import org.nself.incidents.live.TimelineTopics;
import org.nself.incidents.timeline.FeedEvent;
import org.nself.incidents.timeline.TimelineEvent;
import org.reactivestreams.Publisher;
import org.springframework.graphql.execution.RuntimeWiringConfigurer;
import reactor.core.publisher.Flux;

/** Following incidents in GraphQL. */
final class IncidentLiveGraphql implements RuntimeWiringConfigurer {

  private final Incidents incidents;
  private final TimelineTopics timelines;
  private final IncidentChanges changes;
  private final Live live;

  IncidentLiveGraphql(
      Incidents incidents, TimelineTopics timelines, IncidentChanges changes, Live live) {
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
                type.dataFetcher("cursor", Field.of(IncidentChange.class, IncidentChange::cursor))
                    .dataFetcher("event", Field.of(IncidentChange.class, IncidentChange::event))
                    .dataFetcher(
                        "incident", Field.of(IncidentChange.class, IncidentChange::incident)));
  }

  private Publisher<TimelineEvent> timelineEvents(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    UUID id = Objects.requireNonNull(environment.getArgument("incidentId"));
    @Nullable Integer afterSeq = environment.getArgument("afterSeq");
    if (afterSeq != null && afterSeq < 0) {
      throw Problem.malformed("afterSeq", "must be at least 0");
    }
    UUID incident = incidents.get(caller, new IncidentKey.ById(id)).id();
    return Flux.from(
            live.feed(
                caller,
                new Live.Place<>(
                    timelines.of(caller.account(), incident), afterSeq == null ? 0 : afterSeq)))
        .map(FeedEvent::event);
  }

  private Publisher<IncidentChange> incidentChanges(DataFetchingEnvironment environment) {
    Caller caller = GraphqlCaller.of(environment);
    @Nullable String after = environment.getArgument("after");
    Live.Place<IncidentChanges.Entry> from = changes.from(caller, "after", after);
    Flux<IncidentChange> following =
        Flux.from(live.feed(caller, from)).map(IncidentChanges.Entry::change);
    // Else a client that is cut off before the first change would not know where it began.
    return after == null
        ? following.startWith(new IncidentChange(IncidentChanges.cursor(from), null, null))
        : following;
  }
}
