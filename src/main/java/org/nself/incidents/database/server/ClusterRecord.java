package org.nself.incidents.database.server;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.nself.incidents.settings.ConfigurationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the database itself remembers of its cluster, in {@code np_incident_mgmt_cluster}. A dump
 * takes it along, so a database that is restored elsewhere is known to be a copy.
 */
public final class ClusterRecord {

  private static final Logger log = LoggerFactory.getLogger(ClusterRecord.class);

  private static final String READ =
      "select system_identifier, timeline from public.np_incident_mgmt_cluster";

  private static final String ADD =
      """
      insert into public.np_incident_mgmt_cluster (system_identifier, timeline) values (?, ?)
      on conflict (only_row) do nothing
      """;

  private static final String ADOPT =
      """
      update public.np_incident_mgmt_cluster set system_identifier = ?, timeline = ?, seen_at = now()
      """;

  private static final String ADVANCE =
      """
      update public.np_incident_mgmt_cluster set timeline = ?, seen_at = now()
      where system_identifier = ? and timeline < ?
      """;

  private ClusterRecord() {}

  /**
   * Compares the server with what the database remembers, and remembers the server where that is
   * nothing, an earlier timeline, or another cluster whose work is to go on here.
   *
   * @param resume whether the work goes on here
   * @return whether the database is a copy whose work does not go on
   * @throws ConfigurationException if the server is a former primary
   */
  public static boolean isCopy(Connection connection, ServerState server, boolean resume)
      throws SQLException {
    if (server.cluster() == null) {
      return false;
    }
    long cluster = server.cluster();
    int timeline = server.timeline() == null ? 0 : server.timeline();
    if (timeline > 0) {
      execute(connection, ADD, cluster, timeline);
    }
    long knownCluster;
    int knownTimeline;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(READ)) {
      if (!row.next()) {
        return false;
      }
      knownCluster = row.getLong(1);
      knownTimeline = row.getInt(2);
    }
    boolean same = knownCluster == cluster;
    if (same && (timeline == 0 || timeline == knownTimeline)) {
      return false;
    }
    if (same && timeline > knownTimeline) {
      advance(connection, server);
      return false;
    }
    if (resume && timeline > 0) {
      execute(connection, ADOPT, cluster, timeline);
      log.warn(
          "RESUME_WORK: the runbooks of the cluster {} go on in this one, {}",
          Long.toUnsignedString(knownCluster),
          Long.toUnsignedString(cluster));
      return false;
    }
    if (same) {
      throw new ConfigurationException(
          "DATABASE_URL",
          "names a server on WAL timeline %d, and this database was on %d before: it is a former primary or a copy; to use it nevertheless, set RESUME_WORK=true for one start"
              .formatted(timeline, knownTimeline));
    }
    log.warn(
        "The database was restored from the cluster {} into {}: no runbook step is started. If the"
            + " runbooks are to go on here, set RESUME_WORK=true for one start",
        Long.toUnsignedString(knownCluster),
        Long.toUnsignedString(cluster));
    return true;
  }

  /** Remembers a later timeline of the same cluster. */
  public static void advance(Connection connection, ServerState server) throws SQLException {
    if (server.cluster() != null && server.timeline() != null) {
      execute(connection, ADVANCE, server.timeline(), server.cluster(), server.timeline());
    }
  }

  private static void execute(Connection connection, String sql, Number... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }
}
