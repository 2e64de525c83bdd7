package org.nself.incidents.database;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * What a failure of the database means to the caller. The database's own words go to the log and
 * never to the caller.
 */
final class SqlExceptionTranslator {

  private SqlExceptionTranslator() {}

  static RuntimeException translate(DatabasePool database, SQLException e) {
    @Nullable String state = e.getSQLState();
    if (DatabasePool.isConnectionLost(e)) {
      database.markUnavailable(e);
      return ApiException.unavailable("The database went away; try again in a few seconds");
    }
    return switch (state == null ? "" : state) {
      // statement_timeout, lock_timeout, idle_in_transaction_session_timeout
      case "57014", "55P03", "25P03" ->
          ApiException.unavailable("The database took too long; try again");
      // serialization_failure, deadlock_detected
      case "40001", "40P01" ->
          ApiException.unavailable(
              "The database is busy with a change to the same rows; try again");
      // a standby after a failover, disk_full, out_of_memory
      case "25006", "53100", "53200" ->
          ApiException.unavailable("The database cannot write now; try again later");
      default -> new DatabaseException(e);
    };
  }
}
