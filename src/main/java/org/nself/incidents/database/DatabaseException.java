package org.nself.incidents.database;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * A statement failed because of a bug of this program, not because of the caller. Reported as an
 * internal error.
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

  /** Whether the statement violated the constraint or unique index of this name. */
  public boolean violates(String name) {
    return name.equals(constraint);
  }
}
