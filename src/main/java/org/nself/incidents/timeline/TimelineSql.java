package org.nself.incidents.timeline;

/** The SQL with which every feature appends events, also inside a statement of its own. */
public final class TimelineSql {

  /**
   * Inserts events; a query or {@code values} with these columns follows. The database assigns seq,
   * position and hash in the order of the rows. A feature that runs this itself calls {@link
   * TimelineService#notifyAppended} after the commit, so that subscribers are notified without
   * delay.
   */
  public static final String INSERT =
      """
      insert into np_incident_timeline
        (source_account_id, incident_id, id, kind, message, data, actor, occurred_at, supersedes)
      """;

  private TimelineSql() {}
}
