package org.nself.incidents.account;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Json;

/** Sets the parameters of a statement. */
final class Arguments {

  private Arguments() {}

  static void set(PreparedStatement statement, int first, @Nullable Object[] values)
      throws SQLException {
    int index = first;
    for (@Nullable Object value : values) {
      switch (value) {
        // The driver knows no Instant.
        case Instant instant -> statement.setObject(index, instant.atOffset(ZoneOffset.UTC));
        case Json json -> statement.setString(index, json.text());
        case null, default -> statement.setObject(index, value);
      }
      index++;
    }
  }
}
