package org.nself.incidents.incident;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.live.Topic;
import org.nself.incidents.live.TopicKind;
import org.nself.incidents.security.Caller;
import org.nself.incidents.timeline.FeedEvent;
import org.nself.incidents.timeline.TimelineEvent;
import org.nself.incidents.timeline.TimelineEventAppended;
import org.nself.incidents.timeline.TimelineFeed;
import org.nself.incidents.timeline.TimelineTopics;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.paging.Cursor;
import org.springframework.context.event.EventListener;

/**
 * The changes of all incidents of an account as a topic. A position is that of the timeline event
 * in the account, which clients see as an opaque cursor.
 */
final class IncidentChangeTopic implements TopicKind<IncidentChangeTopic.ChangeEntry> {

  private static final String CURSORS = "incident changes of ";

  private final TimelineFeed feed;
  private final IncidentStore incidents;
  private final LiveService live;

  IncidentChangeTopic(TimelineFeed feed, IncidentStore incidents, LiveService live) {
    this.feed = feed;
    this.incidents = incidents;
    this.live = live;
  }

  record ChangeEntry(FeedEvent event, Incident incident) {

    IncidentChange change() {
      return new IncidentChange(
          cursor(event.account(), event.position(), event.check()), event.event(), incident);
    }
  }

  /**
   * An event in one of the account's incidents, as clients see it.
   *
   * @param cursor resumes after this change
   * @param event null if this only gives the cursor at which the subscription starts
   * @param incident the incident as it was when this was read, after the event; null with the event
   */
  record IncidentChange(
      String cursor, @Nullable TimelineEvent event, @Nullable Incident incident) {}

  private Topic<ChangeEntry> of(String account) {
    return new Topic<>(this, account, "");
  }

  @EventListener
  void onAppended(TimelineEventAppended event) {
    live.hint(of(event.account()));
  }

  /**
   * The position to subscribe from.
   *
   * @param after a cursor; null for the current end
   * @throws ApiException {@code invalid}, if it is not a cursor of this account; {@code
   *     cursor_lost}, if the database does not have the change at which it stands
   */
  LiveService.TopicPosition<ChangeEntry> from(Caller caller, String field, @Nullable String after) {
    String account = caller.account();
    if (after == null) {
      TimelineFeed.FeedPosition end = feed.end(account);
      return new LiveService.TopicPosition<>(of(account), end.position(), end.check());
    }
    List<Object> key =
        Cursor.decode(
            CURSORS + account,
            field,
            after,
            List.of(Cursor.Type.BIGINT),
            List.of(Cursor.Type.BIGINT));
    return new LiveService.TopicPosition<>(
            of(account), (long) key.getFirst(), key.size() == 1 ? 0 : (long) key.getLast())
        .requireKnown();
  }

  static String cursor(LiveService.TopicPosition<ChangeEntry> position) {
    return cursor(position.topic().account(), position.after(), position.check());
  }

  private static String cursor(String account, long position, long check) {
    return Cursor.encode(
        CURSORS + account, List.of(String.valueOf(position), String.valueOf(check)));
  }

  @Override
  public String name() {
    return "changes";
  }

  @Override
  public EntryBatch<ChangeEntry> read(
      String account, String id, long after, int atMost, int maxBytes) {
    EntryBatch<FeedEvent> events = feed.ofAccount(account, after, atMost, maxBytes);
    if (events.entries().isEmpty()) {
      return new EntryBatch<>(List.of(), events.more());
    }
    Map<UUID, Incident> found =
        incidents.findFirst(
            account,
            events.entries().stream().map(event -> event.event().incidentId()).distinct().toList(),
            maxBytes);
    List<ChangeEntry> entries = new ArrayList<>(events.entries().size());
    for (FeedEvent event : events.entries()) {
      @Nullable Incident incident = found.get(event.event().incidentId());
      if (incident == null && entries.isEmpty()) {
        throw new IllegalStateException("An event belongs to no incident of its account");
      }
      if (incident == null) {
        // There was no room for it; it is the first of the next batch.
        return new EntryBatch<>(entries, true);
      }
      entries.add(new ChangeEntry(event, incident));
    }
    return new EntryBatch<>(entries, events.more());
  }

  @Override
  public Map<String, Long> lastPositions(String account, List<String> ids) {
    return Map.of("", feed.lastPosition(account));
  }

  @Override
  public long position(ChangeEntry entry) {
    return entry.event().position();
  }

  @Override
  public long check(ChangeEntry entry) {
    return entry.event().check();
  }

  @Override
  public boolean contains(String account, String id, long position, long check) {
    return feed.hasPosition(account, position, check);
  }

  @Override
  public Topic<ChangeEntry> topic(ChangeEntry entry, String id) {
    return of(entry.event().account());
  }

  @Override
  public int weight(ChangeEntry entry) {
    return TimelineTopics.weight(entry.event().event())
        + (int) IncidentStore.weight(entry.incident());
  }
}
