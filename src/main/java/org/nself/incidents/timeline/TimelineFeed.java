package org.nself.incidents.timeline;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;

/**
 * Reads what came after a place, for those who follow: in one timeline, where the place is {@code
 * seq}, or in all of an account. In both nothing appears later before what was read.
 *
 * <p>In a timeline that holds because seq is given under a row lock that is kept until the commit.
 * In an account it holds because {@code np_incident_feed} stops before what a transaction that is
 * still open may have got a place for; the migration says how, and what was measured against it.
 */
public final class TimelineFeed {

  private final TenantDatabase database;

  TimelineFeed(TenantDatabase database) {
    this.database = database;
  }

  private static final SqlStatement AFTER =
      SqlStatement.of(
          "select source_account_id, position, "
              + TimelineStore.COLUMNS
              + """

              from np_incident_timeline
              where source_account_id = :account and incident_id = :incident and seq > :after
              order by seq
              limit :limit
              """);

  /** The events of an incident after a seq, in order. */
  public List<FeedEvent> ofIncident(String account, UUID incident, long afterSeq, int limit) {
    return database.query(
        account,
        AFTER,
        Map.of("account", account, "incident", incident, "after", afterSeq, "limit", limit),
        TimelineFeed::event);
  }

  private static final SqlStatement FEED =
      SqlStatement.of(
          "select source_account_id, position, "
              + TimelineStore.COLUMNS
              + " from np_incident_feed(:account, :after::bigint, :limit)");

  /** The events of an account after a position, in order. */
  public List<FeedEvent> ofAccount(String account, long afterPosition, int limit) {
    return database.query(
        account,
        FEED,
        Map.of("account", account, "after", afterPosition, "limit", limit),
        TimelineFeed::event);
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
        Map.of("account", account, "incidents", TimelineStore.array(incidents)),
        row -> seqs.put(row.getObject("incident_id", UUID.class), row.getLong("seq")));
    return seqs;
  }

  private static final SqlStatement LAST =
      SqlStatement.of(
          """
          select coalesce(max(position), 0) as position from np_incident_timeline where source_account_id = :account
          """);

  /**
   * The last position that is given in the account; there may be ones before it that are not yet.
   */
  public long lastPosition(String account) {
    return database
        .query(account, LAST, Map.of("account", account), row -> row.getLong("position"))
        .getFirst();
  }

  private static final SqlStatement END =
      SqlStatement.of("select np_incident_feed_end(:account) as position");

  /** Where the feed of the account ends now: all that is committed from now on comes after it. */
  public long endPosition(String account) {
    return database
        .query(account, END, Map.of("account", account), row -> row.getLong("position"))
        .getFirst();
  }

  private static FeedEvent event(ResultSet row) throws SQLException {
    return new FeedEvent(
        row.getString("source_account_id"), row.getLong("position"), TimelineStore.event(row));
  }
}
