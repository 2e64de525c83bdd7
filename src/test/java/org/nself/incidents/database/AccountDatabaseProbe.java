package org.nself.incidents.database;

import java.util.List;
import java.util.Map;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Sql;
import org.nself.incidents.ops.Database;
import org.nself.incidents.ops.DatabaseUrl;
import org.nself.incidents.ops.Migrations;

/** Asks through the account database who it is to PostgreSQL. */
record AccountDatabaseProbe(String databaseUrl) {

  private static final Sql WHO = Sql.of("select current_user");

  /** In a statement of its own, after it, and in both statements of a transaction. */
  List<String> currentUsers() {
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", databaseUrl);
    Migrations.run(url);
    try (Database pool = new Database(url, 1)) {
      AccountDatabase database = new AccountDatabase(pool);
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
  }
}
