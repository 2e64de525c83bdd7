package org.nself.incidents.live;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.TestPostgres;

/** What the database holds of an account's events, in the order in which followers must see it. */
record Expected(String database, String account) {

  /** As {@code incident/seq}, of one incident or of all. */
  List<String> events(@Nullable String incident) {
    String sql =
        "select incident_id || '/' || seq from np_incident_timeline where source_account_id = ? "
            + (incident == null ? "order by position" : "and incident_id = ?::uuid order by seq");
    try (Connection connection = TestPostgres.connect(database);
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, account);
      if (incident != null) {
        statement.setString(2, incident);
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

  int total() {
    return events(null).size();
  }
}
