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

  /** A timestamptz that is never null, of the column with this index. */
  public static Instant instant(ResultSet row, int column) throws SQLException {
    return Objects.requireNonNull(optionalInstant(row, column));
  }

  /** A timestamptz that may be null, of the column with this index. */
  public static @Nullable Instant optionalInstant(ResultSet row, int column) throws SQLException {
    return instant(row.getObject(column, OffsetDateTime.class));
  }

  /** A timestamptz that is never null. */
  public static Instant instant(ResultSet row, String column) throws SQLException {
    return Objects.requireNonNull(optionalInstant(row, column), column);
  }

  /** A timestamptz that may be null; the driver does not support {@link Instant}. */
  public static @Nullable Instant optionalInstant(ResultSet row, String column)
      throws SQLException {
    return instant(row.getObject(column, OffsetDateTime.class));
  }

  private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
    return time == null ? null : time.toInstant();
  }
}
