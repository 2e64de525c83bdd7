package org.nself.incidents.database;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads columns as types that the driver does not return itself. */
public final class ResultSets {

  private ResultSets() {}

  /** A timestamptz that is never null. */
  public static Instant instant(ResultSet row, String column) throws SQLException {
    return Objects.requireNonNull(optionalInstant(row, column), column);
  }

  /** A timestamptz that may be null; the driver does not support {@link Instant}. */
  public static @Nullable Instant optionalInstant(ResultSet row, String column)
      throws SQLException {
    @Nullable OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
