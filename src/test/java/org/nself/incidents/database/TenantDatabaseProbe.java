package org.nself.incidents.database;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.DatabaseUrl;

/** Asks PostgreSQL for the current role and its rights, through {@link TenantDatabase}. */
record TenantDatabaseProbe(String databaseUrl) {

  private static final SqlStatement WHO = SqlStatement.of("select current_user");

  /** The role in a single statement and in both statements of a transaction. */
  List<String> currentUsers() {
    return with(TenantDatabaseProbe::currentUsers);
  }

  private static List<String> currentUsers(TenantDatabase database) {
    String alone = database.query("a", WHO, Map.of(), row -> row.getString(1)).getFirst();
    List<String> together =
        database.transaction(
            "a",
            transaction ->
                List.of(
                    transaction.query(WHO, Map.of(), row -> row.getString(1)).getFirst(),
                    transaction.query(WHO, Map.of(), row -> row.getString(1)).getFirst()));
    return List.of(alone, together.get(0), together.get(1));
  }

  private static final SqlStatement CHANGE =
      SqlStatement.of(
          "update np_incidents set title = title where source_account_id = 'a' returning 1");

  /** Writes in a read-only transaction. */
  void writeByQuery() {
    with(database -> database.query("a", CHANGE, Map.of(), row -> row.getInt(1)));
  }

  /** How many rows a write returns. */
  int write() {
    return with(database -> database.write("a", CHANGE, Map.of(), row -> row.getInt(1))).size();
  }

  private <T> T with(Function<TenantDatabase, T> work) {
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", databaseUrl);
    Migrations.run(url);
    try (DatabasePool pool =
        new DatabasePool("test", ConnectionFactory.of(url), 1, new SimpleMeterRegistry())) {
      return work.apply(new TenantDatabase(pool));
    }
  }
}
