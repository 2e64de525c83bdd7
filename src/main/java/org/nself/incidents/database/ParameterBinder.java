package org.nself.incidents.database;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.RawJson;

/**
 * Sets the parameters of a statement. A collection is bound as an array of its texts, and of nulls.
 */
final class ParameterBinder {

  private ParameterBinder() {}

  static void bind(PreparedStatement statement, int first, @Nullable Object[] values)
      throws SQLException {
    int index = first;
    for (@Nullable Object value : values) {
      switch (value) {
        // The driver does not support Instant.
        case Instant instant -> statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
        case RawJson json -> statement.setString(index, json.text());
        case Collection<?> items ->
            statement.setObject(
                index, items.stream().map(ParameterBinder::text).toArray(String[]::new));
        // With an explicit type: if the driver has to describe the statement to find it, it also
        // learns the result columns and from then on sends a Sync after the prologue, to avoid a
        // deadlock on a large result. That ends the transaction, and the statement would run
        // without role and account.
        case null -> statement.setNull(index, Types.VARCHAR);
        default -> statement.setObject(index, value);
      }
      index++;
    }
  }

  private static @Nullable String text(@Nullable Object item) {
    return switch (item) {
      case null -> null;
      case RawJson json -> json.text();
      default -> item.toString();
    };
  }
}
