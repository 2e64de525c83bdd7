package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Expired idempotency keys. */
@ExtendWith(RunningService.class)
class ExpiredIdempotencyKeysTest {

  @Test
  void eachWriteDeletesExpiredKeysThatNoOtherTransactionLocks(Service service) throws SQLException {
    String account = Service.newAccount();
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          """
          insert into np_idempotency_keys (source_account_id, key, request_hash, subject_id, created_at)
          select '%s', 'old ' || n, '\\x00', gen_random_uuid(), now() - n * interval '1 hour'
          from unnest(array[30, 29, 28, 27, 23]) n
          """
              .formatted(account));
      connection.commit();
      // Another transaction, which has not committed yet.
      statement.execute(
          "delete from np_idempotency_keys where source_account_id = '%s' and key in ('old 30', 'old 29')"
              .formatted(account));
      service
          .as(account, "admin")
          .header("Idempotency-Key", "new")
          .post("/api/v1/incidents", "{\"title\":\"Now\"}")
          .expect(201);
      connection.commit();
      assertThat(keys(statement, account)).containsExactly("new", "old 23");
    }
  }

  private static List<String> keys(Statement statement, String account) throws SQLException {
    List<String> keys = new ArrayList<>();
    try (ResultSet rows =
        statement.executeQuery(
            "select key from np_idempotency_keys where source_account_id = '%s' order by key"
                .formatted(account))) {
      while (rows.next()) {
        keys.add(rows.getString(1));
      }
    }
    return keys;
  }
}
