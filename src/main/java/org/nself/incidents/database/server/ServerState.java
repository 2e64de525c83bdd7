package org.nself.incidents.database.server;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a connection says of its server.
 *
 * @param versionNumber such as 180006 for 18.6
 * @param version for people, such as 18.6
 * @param encoding of the database
 * @param database its name
 * @param user the login role
 * @param standby whether the server is in recovery: it is a standby, or not started yet
 * @param readOnly whether transactions are read-only unless they say otherwise
 * @param pooled whether another program is between this process and the server
 * @param cluster the system identifier, which a cluster gets from initdb and its standbys share;
 *     null where the server does not tell
 * @param timeline the WAL timeline, which each promotion raises; null for a standby, and where the
 *     server does not tell
 */
public record ServerState(
    int versionNumber,
    String version,
    String encoding,
    String database,
    String user,
    boolean standby,
    boolean readOnly,
    boolean pooled,
    @Nullable Long cluster,
    @Nullable Integer timeline) {

  private static final Logger log = LoggerFactory.getLogger(ServerState.class);

  private static final String BASICS =
      """
      select current_setting('server_version_num')::integer as version_number, current_setting('server_version') as version,
        current_setting('server_encoding') as encoding, current_database() as database, current_user as login,
        pg_is_in_recovery() as standby, current_setting('transaction_read_only')::boolean as read_only,
        pg_backend_pid() as backend
      """;

  /** The name of the WAL file in use begins with the timeline, also before the first checkpoint. */
  private static final String IDENTITY =
      """
      select system_identifier,
        case when not pg_is_in_recovery()
          then ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer end as timeline
      from pg_control_system()
      """;

  /** Asks the server. The connection must be in autocommit mode. */
  public static ServerState read(Connection connection) throws SQLException {
    @Nullable Long cluster = null;
    @Nullable Integer timeline = null;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(IDENTITY)) {
      row.next();
      cluster = row.getLong(1);
      timeline = row.getObject(2, Integer.class);
    } catch (SQLException e) {
      @Nullable String state = e.getSQLState();
      if (state == null || state.startsWith("08") || state.startsWith("57")) {
        throw e;
      }
      // Some hosted servers forbid these functions; then nothing can be compared.
      log.debug("The server does not tell its identity: {}", e.getMessage());
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(BASICS)) {
      row.next();
      return new ServerState(
          row.getInt("version_number"),
          row.getString("version"),
          row.getString("encoding"),
          row.getString("database"),
          row.getString("login"),
          row.getBoolean("standby"),
          row.getBoolean("read_only"),
          // A pooler announces a process id of its own, for requests to cancel a statement.
          row.getInt("backend") != connection.unwrap(PGConnection.class).getBackendPID(),
          cluster,
          timeline);
    }
  }
}
