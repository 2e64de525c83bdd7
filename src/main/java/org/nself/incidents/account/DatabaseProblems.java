package org.nself.incidents.account;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Problem;
import org.nself.incidents.ops.Database;

/**
 * What a failure of the database means to the caller. The database's own words go to the log and
 * never to the caller.
 */
final class DatabaseProblems {

  private DatabaseProblems() {}

  static RuntimeException translate(Database database, SQLException e) {
    @Nullable String state = e.getSQLState();
    if (Database.isConnectionLost(e)) {
      database.lost(e);
      return Problem.unavailable("The database went away; try again in a few seconds");
    }
    return switch (state == null ? "" : state) {
      // statement_timeout, lock_timeout, idle_in_transaction_session_timeout
      case "57014", "55P03", "25P03" ->
          Problem.unavailable("The database took too long; try again");
      // serialization_failure, deadlock_detected
      case "40001", "40P01" ->
          Problem.unavailable("The database is busy with a change to the same rows; try again");
      // a standby after a failover, disk_full, out_of_memory
      case "25006", "53100", "53200" ->
          Problem.unavailable("The database cannot write now; try again later");
      default -> new DatabaseFailure(e);
    };
  }
}
