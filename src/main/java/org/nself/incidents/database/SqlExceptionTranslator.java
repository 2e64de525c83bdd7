package org.nself.incidents.database;

import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Translates an {@link SQLException} into the error that the caller gets. PostgreSQL's own message
 * goes to the log, never to the caller.
 */
final class SqlExceptionTranslator {

  private static final Logger log = LoggerFactory.getLogger(SqlExceptionTranslator.class);

  /** Where PostgreSQL raises that a role does not exist, cannot be taken, or lacks a privilege. */
  private static final Set<String> ROLE_ROUTINES =
      Set.of("call_string_check_hook", "check_role", "aclcheck_error", "aclcheck_error_col");

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
      case "0A000" ->
          isOutdatedPlan(e)
              ? ApiException.unavailable("The database was migrated meanwhile; try again")
              : new DatabaseException(e);
      // a standby after a failover, disk_full, out_of_memory
      case "25006", "53100", "53200" ->
          ApiException.unavailable(
              "The database cannot write now: it is read-only or full; try again later");
      // The role is missing, or may not do what the service needs: /ready says what to run.
      case "42501", "22023" -> isFaultOfRole(e) ? notPermitted(e) : new DatabaseException(e);
      // A schema, table, column or function is missing.
      case "3F000", "42P01", "42703", "42883" -> otherSchema(e);
      default -> new DatabaseException(e);
    };
  }

  /**
   * Whether a migration of a newer version changed what a prepared statement returns. PostgreSQL
   * refused the statement before it did anything, and the driver prepares all anew, so it can be
   * executed again in a new transaction.
   */
  static boolean isOutdatedPlan(SQLException e) {
    return "0A000".equals(e.getSQLState()) && "RevalidateCachedQuery".equals(routine(e));
  }

  private static @Nullable String routine(SQLException e) {
    @Nullable ServerErrorMessage message =
        e instanceof PSQLException failure ? failure.getServerErrorMessage() : null;
    return message == null ? null : message.getRoutine();
  }

  /**
   * Whether the role cannot be taken or lacks a grant; other errors with these codes, such as a row
   * that row-level security refuses, are faults of this program.
   */
  private static boolean isFaultOfRole(SQLException e) {
    @Nullable String routine = routine(e);
    return routine != null && ROLE_ROUTINES.contains(routine);
  }

  private static ApiException notPermitted(SQLException e) {
    log.warn("The database does not let the service work: {}; see /ready", e.getMessage());
    return ApiException.unavailable(
        "The database does not let the service work; its operator finds the reason under /ready");
  }

  private static ApiException otherSchema(SQLException e) {
    log.error("The schema of the database is not that of this version; see /ready", e);
    return ApiException.unavailable(
        "The schema of the database is not that of this version of the service; its operator finds"
            + " the reason under /ready");
  }
}
