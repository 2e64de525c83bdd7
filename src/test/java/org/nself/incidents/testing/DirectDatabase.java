package org.nself.incidents.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Runs SQL as a superuser, like psql, with a new connection each time. */
public final class DirectDatabase {

  private final String databaseUrl;

  public DirectDatabase(String databaseUrl) {
    this.databaseUrl = databaseUrl;
  }

  public void execute(String sql) {
    try (Connection connection = TestPostgres.connect(databaseUrl);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** The first column of the first row. */
  public int number(String sql) {
    return Integer.parseInt(texts(sql).getFirst());
  }

  /** The first column. */
  public List<String> texts(String sql) {
    try (Connection connection = TestPostgres.connect(databaseUrl);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<String> texts = new ArrayList<>();
      while (result.next()) {
        texts.add(result.getString(1));
      }
      return texts;
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
