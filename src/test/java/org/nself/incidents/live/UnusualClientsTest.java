package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Rare behaviour of clients that must not harm them or others. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnusualClientsTest {

  private static final String EVENTS =
      "subscription ($id: UUID!) { timelineEvents(incidentId: $id) { message } }";

  private final String database;
  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  UnusualClientsTest(TestPostgres postgres) {
    database = postgres.createDatabase();
    service =
        Service.start(
            database,
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET", "{\"type\":\"HS256\",\"key\":\"" + Token.KEY + "\"}"));
    api = service.as(account, "admin");
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private void note(String incident, String message) {
    api.post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"" + message + "\"}")
        .expect(201);
  }

  @Test
  void theFirstEventOfADatabaseIsDelivered(TestPostgres postgres) {
    try (Service empty = Service.start(postgres.createDatabase(), Map.of());
        StreamClient all =
            StreamClient.get(empty.as(account, "admin"), "/api/v1/incidents").expect(200)) {
      empty.as(account, "admin").open("The first");
      assertThat(all.next().json().at("/event/message").asString()).isEqualTo("The first");
    }
  }

  @Test
  void aTokenMayBeValidForThousandsOfYears() throws JOSEException {
    String incident = api.open("Watched");
    Api user =
        service.with(
            Map.of(
                "Authorization",
                "Bearer " + Token.of(account, Instant.ofEpochSecond(99_999_999_999L))));
    try (StreamClient stream =
            StreamClient.get(user, "/api/v1/incidents/" + incident + "/timeline").expect(200);
        SocketClient socket = SocketClient.open(user)) {
      assertThat(stream.next().json().at("/kind").asString()).isEqualTo("opened");
      socket.subscribe("a", EVENTS, "{\"id\":\"" + incident + "\"}");
      socket.expect("next");
    }
  }

  @Test
  void aCursorBeyondTheEndIsRefusedAndDoesNotDelayOthers() {
    String incident = api.open("Watched");
    String timeline = "/api/v1/incidents/" + incident + "/timeline?after_seq=";
    try (StreamClient _ = StreamClient.get(api, timeline + Integer.MAX_VALUE).expect(410);
        StreamClient other = StreamClient.get(api, timeline + 1).expect(200)) {
      Instant start = Instant.now();
      for (int i = 0; i < 20; i++) {
        note(incident, "note " + i);
        assertThat(other.next().json().at("/message").asString()).isEqualTo("note " + i);
      }
      assertThat(Duration.between(start, Instant.now()))
          .as("time for 20 notes, where polling for each every half second takes 10 s")
          .isLessThan(Duration.ofSeconds(6));
    }
  }

  @Test
  void eachItemOfASubscriptionShowsItsIncidentAsItIsThen() {
    String incident = api.open("Watched");
    try (SocketClient socket = SocketClient.open(api)) {
      socket.subscribe(
          "a",
          "subscription { incidentChanges { event { seq } incident { timeline(last: 1) { totalCount"
              + " nodes { seq } } } } }",
          "{}");
      socket.expect("next");
      for (int seq = 2; seq < 5; seq++) {
        note(incident, "note");
        JsonNode change = socket.expect("next").at("/payload/data/incidentChanges");
        assertThat(change.toString())
            .isEqualTo(
                "{\"event\":{\"seq\":%d},\"incident\":{\"timeline\":{\"totalCount\":%d,\"nodes\":[{\"seq\":%d}]}}}"
                    .formatted(seq, seq, seq));
      }
    }
  }

  @Test
  void aReusedIdBelongsToTheNewOperationOnly() throws SQLException {
    String incident = api.open("Watched");
    try (SocketClient socket = SocketClient.open(api);
        Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("lock table np_runbooks in access exclusive mode");
      socket.subscribe("1", "{ runbooks { nodes { name } } }", "{}");
      Eventually.until(
          Duration.ofSeconds(10),
          "the query to wait for the table",
          () -> isTrue(statement, "select count(*) > 0 from pg_locks where not granted"));
      socket.send("{\"type\":\"complete\",\"id\":\"1\"}");
      socket.subscribe("1", EVENTS, "{\"id\":\"" + incident + "\"}");
      assertThat(socket.expect("next").toString()).contains("timelineEvents");
      connection.rollback();
      // The query's result is older than this answer, or absent.
      socket.subscribe("2", "{ runbooks { nodes { name } } }", "{}");
      socket.expect("next");
      assertThat(socket.expect("complete").at("/id").asString()).isEqualTo("2");
      note(incident, "still here");
      assertThat(socket.expect("next").toString()).contains("\"id\":\"1\"", "still here");
    }
  }

  private static boolean isTrue(Statement statement, String sql) {
    try (var result = statement.executeQuery(sql)) {
      return result.next() && result.getBoolean(1);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  @Test
  void aBacklogOfLargeEventsIsReadInSmallPages() {
    String incident = api.open("Watched");
    String large = "x".repeat(60_000);
    for (int i = 0; i < 12; i++) {
      api.post(
              "/api/v1/incidents/" + incident + "/timeline",
              "{\"message\":\"" + i + "\",\"data\":{\"large\":\"" + large + "\"}}")
          .expect(201);
    }
    try (StreamClient stream =
        StreamClient.get(api, "/api/v1/incidents/" + incident + "/timeline?after_seq=1")
            .expect(200)) {
      for (int i = 0; i < 12; i++) {
        JsonNode event = stream.next().json();
        assertThat(event.at("/message").asString()).isEqualTo("" + i);
        assertThat(event.at("/data/large").asString()).isEqualTo(large);
      }
    }
  }
}
