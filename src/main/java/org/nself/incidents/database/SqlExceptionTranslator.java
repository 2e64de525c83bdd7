package org.nself.incidents.database;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * Translates an {@link SQLException} into the error that the caller gets. PostgreSQL's own message
 * goes to the log, never to the caller.
 */
final class SqlExceptionTranslator {

  private SqlExceptionTranslator() {}

  static RuntimeException translate(DatabasePool database, SQLException e) {
    @Nullable String state = e.getSQLState();
    if (DatabasePool.isConnectionLost(e)) {
      database.onConnectionLost(e);
      return ApiException.unavailable("Database connection lost; try again in a few seconds");
    }
    return switch (state == null ? "" : state) {
      // statement_timeout, lock_timeout, idle_in_transaction_session_timeout
      case "57014", "55P03", "25P03" -> ApiException.unavailable("Database timeout; try again");
      // serialization_failure, deadlock_detected
      case "40001", "40P01" ->
          ApiException.unavailable("Concurrent change of the same rows in the database; try again");
      // a standby after a failover, disk_full, out_of_memory
      case "25006", "53100", "53200" ->
          ApiException.unavailable(
              "The database cannot write now: it is read-only or full; try again later");
      default -> new DatabaseException(e);
    };
  }
}
