package org.nself.incidents.live;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.TestPostgres;

/**
 * What the database holds of an account's events, in the order in which subscribers must receive
 * it.
 */
record ExpectedEvents(String database, String account) {

  private static final String ACCOUNT =
      "select incident_id || '/' || seq from np_incident_timeline where source_account_id = ?";

  /** As {@code incident/seq}, of one incident or of all. */
  List<String> events(@Nullable String incident) {
    return incident == null
        ? query(ACCOUNT + " order by position", account)
        : query(ACCOUNT + " and incident_id = ?::uuid order by seq", account, incident);
  }

  /** The last of {@link #events}. */
  String last(@Nullable String incident) {
    return incident == null
        ? query(ACCOUNT + " order by position desc limit 1", account).getFirst()
        : query(ACCOUNT + " and incident_id = ?::uuid order by seq desc limit 1", account, incident)
            .getFirst();
  }

  int total() {
    return events(null).size();
  }

  private List<String> query(String sql, String... arguments) {
    try (Connection connection = TestPostgres.connect(database);
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < arguments.length; i++) {
        statement.setString(i + 1, arguments[i]);
      }
      List<String> events = new ArrayList<>();
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          events.add(result.getString(1));
        }
      }
      return events;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
