package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

@Isolated("It loads the machine.")
@ExtendWith(RunningService.class)
class KilledTest {

  private static final int WRITERS = 16;

  private final TestPostgres postgres;

  KilledTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  /** All requested writes, by their unique titles. */
  private final Set<String> asked = ConcurrentHashMap.newKeySet();

  private final Set<String> answered = ConcurrentHashMap.newKeySet();

  @Test
  void afterAKillAcknowledgedWritesExistAndOthersAreCompleteOrAbsent() throws Exception {
    String database = postgres.createDatabase();
    try (ServiceProcess service = ServiceProcess.start(database, Map.of());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Api api = service.as("primary");
      String shared = api.open("Shared");
      AtomicInteger stopped = new AtomicInteger();
      for (int writer = 0; writer < WRITERS; writer++) {
        int number = writer;
        threads.execute(() -> writeUntilItDies(api, shared, number, stopped));
      }
      Eventually.until(Duration.ofSeconds(30), "a write storm", () -> answered.size() > 300);
      service.kill();
      Eventually.until(
          Duration.ofSeconds(30), "the writers to notice", () -> stopped.get() == WRITERS);
    }
    // PostgreSQL rolls back the open transactions once it notices the dead process; until then
    // locks
    // may be held.
    Map<String, Integer> found = new HashMap<>();
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      try (ResultSet rows =
          statement.executeQuery(
              """
              select i.title, count(t.seq), count(k.key)
              from np_incidents i
              left join np_incident_timeline t on (t.source_account_id, t.incident_id) = (i.source_account_id, i.id)
              left join np_idempotency_keys k on (k.source_account_id, k.subject_id) = (i.source_account_id, i.id)
              where i.title <> 'Shared'
              group by i.title
              """)) {
        while (rows.next()) {
          assertThat(rows.getInt(2)).as("an incident has its first event").isEqualTo(1);
          assertThat(rows.getInt(3)).as("and its idempotency key").isEqualTo(1);
          found.merge(rows.getString(1), 1, Integer::sum);
        }
      }
      try (ResultSet rows =
          statement.executeQuery(
              "select message, count(*) from np_incident_timeline where kind = 'note' group by"
                  + " message")) {
        while (rows.next()) {
          found.merge(rows.getString(1), rows.getInt(2), Integer::sum);
        }
      }
    }
    assertThat(found.keySet()).as("every answered write is there").containsAll(answered);
    assertThat(asked).as("nothing is there that nobody asked for").containsAll(found.keySet());
    assertThat(found.values()).as("nothing is there twice").containsOnly(1);
    try (ServiceProcess again = ServiceProcess.start(database, Map.of())) {
      assertThat(
              again
                  .as("primary")
                  .get("/api/v1/incidents/1/timeline/verification")
                  .expect(200)
                  .text())
          .contains("\"intact\":true");
    }
    System.out.printf(
        "kill -9: %d writes asked for, %d answered, %d found%n",
        asked.size(), answered.size(), found.size());
  }

  private void writeUntilItDies(Api api, String shared, int writer, AtomicInteger stopped) {
    try {
      for (int round = 0; ; round++) {
        String word = "w" + writer + "-" + round;
        asked.add(word);
        int status =
            round % 2 == 0
                ? api.header("Idempotency-Key", word)
                    .post("/api/v1/incidents", "{\"title\":\"" + word + "\"}")
                    .status()
                : api.post(
                        "/api/v1/incidents/" + shared + "/timeline",
                        "{\"message\":\"" + word + "\"}")
                    .status();
        if (status == 201) {
          answered.add(word);
        }
      }
    } catch (UncheckedIOException e) {
      // The connection broke: the service was killed.
      stopped.incrementAndGet();
    }
  }

  @Test
  void sigtermLetsRequestsInFlightFinishAndTurnsReadinessOff() throws Exception {
    String database = postgres.createDatabase();
    try (ServiceProcess service = ServiceProcess.start(database, Map.of());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Connection blocker = TestPostgres.connect(database)) {
      Api api = service.as("primary");
      String id = api.open("Held");
      blocker.setAutoCommit(false);
      try (Statement statement = blocker.createStatement()) {
        statement.execute("select from np_incidents for update");
      }
      var slow =
          threads.submit(() -> api.patch("/api/v1/incidents/" + id, "{\"title\":\"Finished\"}"));
      Eventually.until(
          Duration.ofSeconds(10),
          "the request to wait for the row",
          () -> waitingForALock(database));
      long start = System.nanoTime();
      service.terminate();
      Eventually.until(
          Duration.ofSeconds(5), "/ready to say no", () -> api.get("/ready").status() == 503);
      assertThat(api.get("/api/v1/incidents").status())
          .as("while it drains it still serves")
          .isEqualTo(200);
      Eventually.until(Duration.ofSeconds(10), "the port to close", () -> !accepts(service.port()));
      blocker.rollback();
      assertThat(slow.get().expect(200).text("title")).isEqualTo("Finished");
      assertThat(service.exitStatus()).as("143 is SIGTERM").isEqualTo(143);
      double seconds = (System.nanoTime() - start) / 1e9;
      assertThat(seconds).isLessThan(15);
      System.out.printf("SIGTERM with a request in flight: stopped after %.1f s%n", seconds);
    }
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean waitingForALock(String database) {
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname ="
                    + " current_database()")) {
      result.next();
      return result.getInt(1) > 0;
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aMissingDatabaseUrlStopsTheStartWithOneLineThatNamesIt() {
    try (ServiceProcess service = ServiceProcess.launch("", Map.of())) {
      assertThat(service.exitStatus()).isEqualTo(78);
      Eventually.until(Duration.ofSeconds(5), "its words", () -> !service.log().isEmpty());
      assertThat(service.log()).singleElement().asString().contains("DATABASE_URL is not set");
    }
  }

  @Test
  void aMalformedJwtSecretStopsTheStartWithOneLineWithoutTheKey() {
    try (ServiceProcess service =
        ServiceProcess.launch(
            postgres.createDatabase(),
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET",
                "{\"type\":\"HS256\",\"key\":\"tooshort-s3cr3t\"}",
                "LOG_LEVEL",
                "error"))) {
      assertThat(service.exitStatus()).isEqualTo(78);
      Eventually.until(Duration.ofSeconds(5), "its words", () -> !service.log().isEmpty());
      assertThat(service.log())
          .singleElement()
          .asString()
          .contains("HASURA_GRAPHQL_JWT_SECRET")
          .doesNotContain("s3cr3t");
    }
  }
}
