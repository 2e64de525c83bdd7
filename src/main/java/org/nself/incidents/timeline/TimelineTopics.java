package org.nself.incidents.timeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.nself.incidents.live.Topic;
import org.nself.incidents.live.TopicKind;

/** The timelines of incidents, to be followed by seq. */
public final class TimelineTopics implements TopicKind<FeedEvent> {

  private final TimelineFeed feed;

  public TimelineTopics(TimelineFeed feed) {
    this.feed = feed;
  }

  /** The timeline of an incident, which may be absent: then it is empty. */
  public Topic<FeedEvent> of(String account, UUID incident) {
    return new Topic<>(this, account, incident.toString());
  }

  @Override
  public String name() {
    return "timeline";
  }

  @Override
  public List<FeedEvent> read(String account, String id, long after, int atMost) {
    return feed.ofIncident(account, UUID.fromString(id), after, atMost);
  }

  @Override
  public Map<String, Long> lastPositions(String account, List<String> ids) {
    Map<String, Long> ends = new HashMap<>();
    feed.lastSeqs(account, ids.stream().map(UUID::fromString).toList())
        .forEach((incident, seq) -> ends.put(incident.toString(), seq));
    return ends;
  }

  @Override
  public long position(FeedEvent entry) {
    return entry.event().seq();
  }

  @Override
  public Topic<FeedEvent> topic(FeedEvent entry, String id) {
    return of(entry.account(), entry.event().incidentId());
  }

  @Override
  public int weight(FeedEvent entry) {
    return weight(entry.event());
  }

  /** About how many characters an event holds. */
  public static int weight(TimelineEvent event) {
    return 200
        + (event.message() == null ? 0 : event.message().length())
        + (event.data() == null ? 0 : event.data().text().length());
  }
}
