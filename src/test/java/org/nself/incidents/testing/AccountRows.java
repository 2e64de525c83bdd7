package org.nself.incidents.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All rows of an account, to check whether anything changed. */
public final class AccountRows {

  private AccountRows() {}

  /** The rows as text by table. Tables are read from the catalogue. */
  public static Map<String, String> of(Service service, String account) {
    Map<String, String> rows = new TreeMap<>();
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (ResultSet result =
          statement.executeQuery(
              """
              select attrelid::regclass::text
              from pg_attribute join pg_class on pg_class.oid = attrelid
              where attname = 'source_account_id' and relkind in ('r', 'p')
                and relnamespace = 'public'::regnamespace
              """)) {
        while (result.next()) {
          tables.add(result.getString(1));
        }
      }
      for (String table : tables) {
        try (ResultSet result =
            statement.executeQuery(
                "select string_agg(t::text, E'\\n' order by t::text) from %s t where source_account_id = '%s'"
                    .formatted(table, account))) {
          result.next();
          rows.put(table, String.valueOf(result.getString(1)));
        }
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
