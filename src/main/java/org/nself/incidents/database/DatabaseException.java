package org.nself.incidents.database;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * A statement failed for a reason that the caller is not to blame for: a fault of this program.
 * Answered as an internal error.
 */
public final class DatabaseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String constraint;

  DatabaseException(SQLException cause) {
    super(cause);
    ServerErrorMessage message =
        cause instanceof PSQLException e ? e.getServerErrorMessage() : null;
    this.constraint = message == null ? null : message.getConstraint();
  }

  /** Whether a constraint or unique index of this name refused the statement. */
  public boolean violates(String name) {
    return name.equals(constraint);
  }
}
