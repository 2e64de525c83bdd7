package org.nself.incidents.timeline;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.live.TopicKind;

/**
 * Reads events after a cursor for subscriptions: a {@code seq} in one timeline, a {@code position}
 * in an account. In both, no event appears later before one that was read.
 *
 * <p>In a timeline that holds because seq is assigned under a row lock that is held until the
 * commit. In an account it holds because {@code np_incident_feed} stops before the positions that
 * an open transaction may have been assigned; the migration explains how.
 */
public final class TimelineFeed {

  private final TenantDatabase database;

  TimelineFeed(TenantDatabase database) {
    this.database = database;
  }

  /** The first events, as long as they have no more bytes than wanted, but one at least. */
  private static String within(String events, String order) {
    return """
    select * from (
      select source_account_id, position, %1$s,
        sum(%2$s) over (order by %4$s rows unbounded preceding) as bytes, row_number() over (order by %4$s) as nth, count(*) over () as found
      from (%3$s) event
    ) event
    where bytes <= :max_bytes::bigint or nth = 1
    order by %4$s
    """
        .formatted(TimelineStore.COLUMNS, TimelineStore.WEIGHT, events, order);
  }

  private static final SqlStatement AFTER =
      SqlStatement.of(
          within(
              """
              select * from np_incident_timeline
              where source_account_id = :account and incident_id = :incident and seq > :after
              order by seq
              limit :limit
              """,
              "seq"));

  /**
   * The events of an incident after a seq, in order.
   *
   * @param maxBytes of all; the first event is returned however large it is
   */
  public TopicKind.EntryBatch<FeedEvent> ofIncident(
      String account, UUID incident, long afterSeq, int limit, int maxBytes) {
    return batch(
        account,
        AFTER,
        Map.of(
            "account", account,
            "incident", incident,
            "after", afterSeq,
            "limit", limit,
            "max_bytes", maxBytes),
        limit);
  }

  private static final SqlStatement FEED =
      SqlStatement.of(
          within("select * from np_incident_feed(:account, :after::bigint, :limit)", "position"));

  /**
   * The events of an account after a position, in order.
   *
   * @param maxBytes of all; the first event is returned however large it is
   */
  public TopicKind.EntryBatch<FeedEvent> ofAccount(
      String account, long afterPosition, int limit, int maxBytes) {
    return batch(
        account,
        FEED,
        Map.of("account", account, "after", afterPosition, "limit", limit, "max_bytes", maxBytes),
        limit);
  }

  private TopicKind.EntryBatch<FeedEvent> batch(
      String account, SqlStatement statement, Map<String, Object> values, int limit) {
    List<Integer> found = new ArrayList<>();
    List<FeedEvent> events =
        database.query(
            account,
            statement,
            values,
            row -> {
              found.add(row.getInt("found"));
              return event(row);
            });
    boolean more =
        !events.isEmpty() && (found.getFirst() == limit || found.getFirst() > events.size());
    return new TopicKind.EntryBatch<>(events, more);
  }

  private static final SqlStatement SEQS =
      SqlStatement.of(
          """
          select incident_id, seq
          from np_incident_timeline_heads
          where source_account_id = :account and incident_id = any(:incidents::uuid[])
          """);

  /** The last seq of each of these timelines; an empty one is left out. */
  public Map<UUID, Long> lastSeqs(String account, List<UUID> incidents) {
    Map<UUID, Long> seqs = new HashMap<>();
    database.query(
        account,
        SEQS,
        Map.of("account", account, "incidents", incidents),
        row -> seqs.put(row.getObject("incident_id", UUID.class), row.getLong("seq")));
    return seqs;
  }

  private static final SqlStatement LAST =
      SqlStatement.of(
          """
          select coalesce(max(position), 0) as position from np_incident_timeline where source_account_id = :account
          """);

  /** The last position assigned in the account; lower ones may not be readable yet. */
  public long lastPosition(String account) {
    return database
        .query(account, LAST, Map.of("account", account), row -> row.getLong("position"))
        .getFirst();
  }

  /** As {@link FeedEvent#check()}. */
  private static final String CHECK =
      "(('x' || encode(substr(hash, 1, 8), 'hex'))::bit(64)::bigint & 9223372036854775807)";

  private static final SqlStatement END =
      SqlStatement.of(
          """
          select position, %s as check from np_incident_timeline
          where source_account_id = :account and position <= (select np_incident_feed_end(:account))
          order by position desc
          limit 1
          """
              .formatted(CHECK));

  /**
   * An event of an account's feed.
   *
   * @param position 0 for none
   * @param check of the event; 0 for none
   */
  public record FeedPosition(long position, long check) {
    private static final FeedPosition START = new FeedPosition(0, 0);
  }

  /**
   * The last event of the account's feed, whose end is settled: events committed from now on have
   * higher positions.
   */
  public FeedPosition end(String account) {
    List<FeedPosition> last =
        database.query(
            account,
            END,
            Map.of("account", account),
            row -> new FeedPosition(row.getLong("position"), row.getLong("check")));
    return last.isEmpty() ? FeedPosition.START : last.getFirst();
  }

  private static final SqlStatement HAS_POSITION =
      SqlStatement.of(
          """
          select exists (
            select from np_incident_timeline
            where source_account_id = :account and position = :position and %s = :check
          ) as found
          """
              .formatted(CHECK));

  /** An old cursor need not stand at an event of the account. */
  private static final SqlStatement WAS_GIVEN =
      SqlStatement.of("select :position <= last_value as found from np_incident_feed_positions");

  /**
   * Whether the account has the event at this position.
   *
   * @param check of the event; 0 if it is not known
   */
  public boolean hasPosition(String account, long position, long check) {
    return check == 0
        ? isFound(account, WAS_GIVEN, Map.of("position", position))
        : isFound(
            account,
            HAS_POSITION,
            Map.of("account", account, "position", position, "check", check));
  }

  private static final SqlStatement HAS_SEQ =
      SqlStatement.of(
          """
          select exists (
            select from np_incident_timeline
            where source_account_id = :account and incident_id = :incident and seq = :seq and :check in (0, %s)
          ) as found
          """
              .formatted(CHECK));

  /**
   * Whether the timeline has the event with this seq.
   *
   * @param check of the event; 0 if it is not known
   */
  boolean hasSeq(String account, UUID incident, long seq, long check) {
    return isFound(
        account,
        HAS_SEQ,
        Map.of("account", account, "incident", incident, "seq", seq, "check", check));
  }

  private boolean isFound(String account, SqlStatement statement, Map<String, Object> values) {
    return database.query(account, statement, values, row -> row.getBoolean("found")).getFirst();
  }

  private static FeedEvent event(ResultSet row) throws SQLException {
    return new FeedEvent(
        row.getString("source_account_id"), row.getLong("position"), TimelineStore.event(row));
  }
}
