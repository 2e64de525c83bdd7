package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** The order of an account's events, when transactions overlap. */
@ExtendWith(RunningService.class)
class LateCommitTest {

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String held;
  private final String other;

  LateCommitTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.held = api.open("Held");
    this.other = api.open("Other");
  }

  private void note(Api writer, String incident, String message) {
    writer
        .post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"" + message + "\"}")
        .expect(201);
  }

  @Test
  void anEventThatCommitsLateIsNotSkipped() throws SQLException {
    try (StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200);
        StreamClient timeline =
            StreamClient.get(api, "/api/v1/incidents/" + other + "/timeline?after_seq=1");
        Connection late = TestPostgres.connect(service.databaseUrl());
        Statement statement = late.createStatement()) {
      late.setAutoCommit(false);
      insert(statement, account, held, "late");
      for (int i = 0; i < 20; i++) {
        note(api, other, "in time " + i);
        assertThat(timeline.next().json().at("/message").asString())
            .as("a timeline does not wait for other transactions")
            .isEqualTo("in time " + i);
      }
      late.commit();
      note(api, other, "the end");
      List<String> seen = new ArrayList<>();
      while (!seen.contains("the end")) {
        seen.add(all.next().json().at("/event/message").asString());
      }
      assertThat(seen).hasSize(22).doesNotHaveDuplicates().contains("late");
    }
  }

  @Test
  void aRolledBackTransactionDelaysNothing() throws SQLException {
    try (StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200);
        Connection late = TestPostgres.connect(service.databaseUrl());
        Statement statement = late.createStatement()) {
      late.setAutoCommit(false);
      insert(statement, account, held, "never");
      note(api, other, "one");
      late.rollback();
      assertThat(all.next().json().at("/event/message").asString()).isEqualTo("one");
    }
  }

  @Test
  void anOpenTransactionOfAnotherAccountDelaysNothing() throws SQLException {
    String elsewhere = Service.newAccount();
    String theirs = service.as(elsewhere, "admin").open("Theirs");
    try (StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200);
        Connection late = TestPostgres.connect(service.databaseUrl());
        Statement statement = late.createStatement()) {
      late.setAutoCommit(false);
      insert(statement, elsewhere, theirs, "open");
      note(api, other, "one");
      assertThat(all.next().json().at("/event/message").asString()).isEqualTo("one");
      late.rollback();
    }
  }

  @Test
  void theOrderWithinAnIncidentIsThatOfItsTimelineWhicheverTransactionIsOlder()
      throws SQLException {
    try (StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200);
        Connection older = TestPostgres.connect(service.databaseUrl());
        Statement statement = older.createStatement()) {
      older.setAutoCommit(false);
      // Gets its transaction id and position before the other one begins.
      insert(statement, account, held, "first of the older");
      note(api, other, "of the younger");
      insert(statement, account, other, "second of the older");
      older.commit();
      List<String> seen = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        seen.add(all.next().json().at("/event/message").asString());
      }
      assertThat(seen).containsSubsequence("of the younger", "second of the older");
    }
  }

  @Test
  void aLongTransactionHoldsOneLockHoweverManyEventsItWrites() throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < 50; i++) {
        insert(statement, account, i % 2 == 0 ? held : other, "many");
      }
      try (ResultSet locks =
          statement.executeQuery(
              "select count(*) from pg_locks where locktype = 'advisory' and pid ="
                  + " pg_backend_pid()")) {
        locks.next();
        assertThat(locks.getInt(1)).isEqualTo(1);
      }
      connection.rollback();
    }
  }

  @Test
  void aPositionNeverChanges() throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      assertThat(
              org.assertj.core.api.Assertions.catchThrowable(
                  () ->
                      statement.execute(
                          "update np_incident_timeline set position = position + 1000000, redacted"
                              + " = true, message = null, data = null, salt = null where"
                              + " incident_id = '"
                              + held
                              + "'")))
          .hasMessageContaining("append-only");
    }
  }

  private static void insert(Statement statement, String account, String incident, String message)
      throws SQLException {
    statement.execute(
        "insert into np_incident_timeline (source_account_id, incident_id, message) values"
            + " ('%s', '%s', '%s')".formatted(account, incident, message));
  }
}
