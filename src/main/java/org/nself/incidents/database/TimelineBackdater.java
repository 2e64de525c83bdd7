package org.nself.incidents.database;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.nself.incidents.settings.Settings;

/**
 * Moves the events of incidents into the past, for the examples of the try-out: the service itself
 * records everything at the present, and nobody else can record it otherwise.
 *
 * <p>Works as the superuser of the embedded database, without triggers, and computes the hash
 * chains, milestones and durations anew.
 */
public final class TimelineBackdater {

  private final Settings settings;

  public TimelineBackdater(Settings settings) {
    this.settings = settings;
  }

  /**
   * An event and when it shall have happened and been recorded.
   *
   * @param seq from 1; all events of an incident must be given
   */
  public record BackdatedEvent(UUID incident, int seq, Instant at) {}

  private static final String MOVE_EVENTS =
      """
      update np_incident_timeline event
      set recorded_at = moved.at, occurred_at = case when seq = 1 then event.occurred_at else moved.at end
      from unnest(?::uuid[], ?::integer[], ?::timestamptz[]) as moved (incident, at_seq, at)
      where event.source_account_id = ? and event.incident_id = moved.incident and event.seq = moved.at_seq
      """;

  private static final String HASH_CHAINS =
      """
      with recursive chain as (
        select event.incident_id, event.seq, sha256(int4send(1) || np_incident_timeline_event_hash(event)) as hash
        from np_incident_timeline event
        where event.source_account_id = ? and event.incident_id = any (?::uuid[]) and event.seq = 1
        union all
        select event.incident_id, event.seq, sha256(chain.hash || int4send(event.seq) || np_incident_timeline_event_hash(event))
        from chain
        join np_incident_timeline event
          on event.source_account_id = ? and event.incident_id = chain.incident_id and event.seq = chain.seq + 1
      ),
      event as (
        update np_incident_timeline event set hash = chain.hash
        from chain
        where event.source_account_id = ? and event.incident_id = chain.incident_id and event.seq = chain.seq
      )
      update np_incident_timeline_heads head set hash = chain.hash
      from chain
      where head.source_account_id = ? and head.incident_id = chain.incident_id and head.seq = chain.seq
      """;

  private static final String MOVE_INCIDENTS =
      """
      update np_incidents incident
      set updated_at = moved.last_at,
        acknowledged_at = case when incident.acknowledged_at is not null then moved.acknowledged_at end,
        mitigated_at = case when incident.mitigated_at is not null then moved.mitigated_at end,
        resolved_at = case when incident.resolved_at is not null then moved.resolved_at end,
        closed_at = case when incident.closed_at is not null then moved.closed_at end
      from (
        select incident_id, max(recorded_at) as last_at,
          min(recorded_at) filter (where became = 'acknowledged') as acknowledged_at,
          min(recorded_at) filter (where became = 'mitigating') as mitigated_at,
          max(recorded_at) filter (where became = 'resolved') as resolved_at,
          max(recorded_at) filter (where became in ('closed', 'cancelled', 'merged')) as closed_at
        from (
          select incident_id, seq, recorded_at, case when kind = 'status_changed' then data ->> 'to' end as became,
            max(seq) filter (where kind = 'status_changed' and data ->> 'to' = 'open') over (partition by incident_id) as reopened
          from np_incident_timeline
          where source_account_id = ? and incident_id = any (?::uuid[])
        ) event
        where seq > coalesce(reopened, 0)
        group by incident_id
      ) moved
      where incident.source_account_id = ? and incident.id = moved.incident_id
      """;

  /** What people said about milestones stays; the others follow from the events. */
  private static final String KEEP_MILESTONES =
      """
      create temporary table kept_milestones on commit drop as
      select * from np_incident_milestones
      where source_account_id = ? and incident_id = any (?::uuid[]) and source = 'person' and reason is not null and revision = 0
      """;

  private static final String DELETE_DURATIONS =
      "delete from np_incident_durations where source_account_id = ? and incident_id = any"
          + " (?::uuid[])";

  private static final String DELETE_MILESTONES =
      "delete from np_incident_milestones where source_account_id = ? and incident_id = any"
          + " (?::uuid[])";

  private static final String DERIVE_MILESTONES =
      """
      select np_incident_milestones_derive(array_fill(?::text, array[cardinality(ids)]), ids)
      from (select ?::uuid[] as ids) given
      """;

  private static final String RESTORE_MILESTONES =
      """
      insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source, reason)
      select source_account_id, incident_id, kind, occurred_at, occurred_at, actor, source, reason from kept_milestones
      on conflict (source_account_id, incident_id, kind, revision) do update set
        occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at, actor = excluded.actor, source = excluded.source,
        reason = excluded.reason
      """;

  private static final String REFRESH_DURATIONS =
      "select np_incident_durations_refresh(?, ?::uuid[])";

  /**
   * Moves events, and what the incidents show of them.
   *
   * @throws IllegalStateException outside of the try-out
   */
  public void backdate(String account, List<BackdatedEvent> events) {
    if (!settings.console().isTryOut()) {
      throw new IllegalStateException("Only the try-out moves events into the past");
    }
    try (Connection connection =
        DriverManager.getConnection(
            settings.database().jdbcUrl(),
            settings.database().user(),
            settings.database().password())) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("set local session_replication_role = replica");
      }
      String[] incidents =
          events.stream()
              .map(event -> event.incident().toString())
              .distinct()
              .toArray(String[]::new);
      execute(
          connection,
          MOVE_EVENTS,
          events.stream().map(event -> event.incident().toString()).toArray(String[]::new),
          events.stream().map(event -> String.valueOf(event.seq())).toArray(String[]::new),
          events.stream().map(event -> event.at().toString()).toArray(String[]::new),
          account);
      execute(connection, HASH_CHAINS, account, incidents, account, account, account);
      execute(connection, MOVE_INCIDENTS, account, incidents, account);
      execute(connection, KEEP_MILESTONES, account, incidents);
      execute(connection, DELETE_DURATIONS, account, incidents);
      execute(connection, DELETE_MILESTONES, account, incidents);
      execute(connection, DERIVE_MILESTONES, account, incidents);
      execute(connection, RESTORE_MILESTONES);
      execute(connection, REFRESH_DURATIONS, account, incidents);
      connection.commit();
    } catch (SQLException e) {
      throw new DatabaseException(e);
    }
  }

  private static void execute(Connection connection, String sql, Object... parameters)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        if (parameters[i] instanceof String[] values) {
          statement.setArray(i + 1, connection.createArrayOf("text", values));
        } else {
          statement.setObject(i + 1, parameters[i]);
        }
      }
      boolean _ = statement.execute();
    }
  }
}
