package org.nself.incidents.timeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.live.Topic;
import org.nself.incidents.live.TopicKind;
import org.nself.incidents.web.error.ApiException;
import org.springframework.context.event.EventListener;

/** The timelines of incidents as topics; a position is a seq. */
public final class TimelineTopics implements TopicKind<FeedEvent> {

  private final TimelineFeed feed;
  private final LiveService live;

  TimelineTopics(TimelineFeed feed, LiveService live) {
    this.feed = feed;
    this.live = live;
  }

  /** The timeline of an incident; empty if there is no such incident. */
  Topic<FeedEvent> of(String account, UUID incident) {
    return new Topic<>(this, account, incident.toString());
  }

  @EventListener
  void onAppended(TimelineEventAppended event) {
    live.hint(of(event.account(), event.incidentId()));
  }

  @Override
  public String name() {
    return "timeline";
  }

  @Override
  public EntryBatch<FeedEvent> read(
      String account, String id, long after, int atMost, int maxBytes) {
    return feed.ofIncident(account, UUID.fromString(id), after, atMost, maxBytes);
  }

  @Override
  public Map<String, Long> lastPositions(String account, List<String> ids) {
    Map<String, Long> positions = new HashMap<>();
    feed.lastSeqs(account, ids.stream().map(UUID::fromString).toList())
        .forEach((incident, seq) -> positions.put(incident.toString(), seq));
    return positions;
  }

  @Override
  public long position(FeedEvent entry) {
    return entry.event().seq();
  }

  @Override
  public long check(FeedEvent entry) {
    return entry.check();
  }

  @Override
  public boolean contains(String account, String id, long position, long check) {
    return feed.hasSeq(account, UUID.fromString(id), position, check);
  }

  /**
   * A position in the timeline of an incident.
   *
   * @param afterSeq the seq of the last event that the client has; 0 for none
   * @throws ApiException {@code cursor_lost} if there is no such event
   */
  LiveService.TopicPosition<FeedEvent> from(String account, UUID incident, int afterSeq) {
    return new LiveService.TopicPosition<>(of(account, incident), afterSeq, 0).requireKnown();
  }

  @Override
  public Topic<FeedEvent> topic(FeedEvent entry, String id) {
    return of(entry.account(), entry.event().incidentId());
  }

  @Override
  public int weight(FeedEvent entry) {
    return weight(entry.event());
  }

  /** The approximate number of bytes of an event. */
  public static int weight(TimelineEvent event) {
    return TimelineStore.BASE_WEIGHT
        + (event.message() == null ? 0 : event.message().length())
        + (event.data() == null ? 0 : event.data().text().length());
  }
}
