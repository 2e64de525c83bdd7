package org.nself.incidents.database;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.RawJson;

/** Sets the parameters of a statement. */
final class ParameterBinder {

  private ParameterBinder() {}

  static void bind(PreparedStatement statement, int first, @Nullable Object[] values)
      throws SQLException {
    int index = first;
    for (@Nullable Object value : values) {
      switch (value) {
        // The driver knows no Instant.
        case Instant instant -> statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
        case RawJson json -> statement.setString(index, json.text());
        // Given a type: where the driver must ask for it, it learns the columns of the answer too,
        // and from then on ends the prologue's transaction first, lest a long answer block both.
        // Then role and account are gone when the statement runs.
        case null -> statement.setNull(index, Types.VARCHAR);
        default -> statement.setObject(index, value);
      }
      index++;
    }
  }
}
