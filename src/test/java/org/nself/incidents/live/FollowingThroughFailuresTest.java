package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.ops.Notifications;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;
import org.nself.incidents.testing.Waiting;

/**
 * Two instances, one of them killed and started again, listening cut, rows by psql; readers that
 * drop and go on at random, on either instance and by every transport. None may miss an event, see
 * one twice, or see two in the wrong order. The full form is in bench.
 */
@ExtendWith(RunningService.class)
class FollowingThroughFailuresTest {

  private static final int INCIDENTS = 20;
  private static final int WRITERS = 6;
  private static final int BATCHES = 40;
  private static final int BATCH = 50;
  private static final int HTTP_NOTES = 20;
  private static final int READERS = 12;

  private final TestPostgres postgres;
  private final String account = Service.newAccount();

  FollowingThroughFailuresTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void nothingIsMissedRepeatedOrOutOfOrder() throws Exception {
    String database = postgres.createDatabase();
    try (Service steady = Service.start(database, Map.of());
        Instance killed = new Instance(database)) {
      Api api = steady.as(account, "admin");
      List<String> incidents = new ArrayList<>();
      for (int i = 0; i < INCIDENTS; i++) {
        incidents.add(api.open("Incident " + i));
      }
      Expected expected = new Expected(database, account);
      AtomicBoolean written = new AtomicBoolean();
      List<Reader> readers = new ArrayList<>();
      String begin = now(api);
      List<Reader.Transport> transports = List.of(Reader.Transport.values());
      for (int i = 0; i < READERS; i++) {
        boolean all = i < READERS / 2;
        readers.add(
            new Reader(
                List.of(() -> api, () -> killed.as(account)),
                transports.get(i % transports.size()),
                all ? null : incidents.get(i),
                all ? begin : "0"));
      }
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        readers.forEach(reader -> threads.execute(() -> reader.run(written, expected)));
        var writing = new ArrayList<java.util.concurrent.Future<?>>();
        for (int i = 0; i < WRITERS; i++) {
          writing.add(threads.submit(() -> write(database, api, incidents)));
        }
        killed.killAndStartAgain();
        cutListening(database);
        for (var writer : writing) {
          writer.get();
        }
        written.set(true);
      }
      assertThat(expected.total()).isGreaterThan(WRITERS * BATCHES * BATCH);
      for (Reader reader : readers) {
        reader.check(expected, reader.followsAll() ? INCIDENTS : 0);
      }
      assertThat(readers.stream().mapToInt(Reader::connections).sum())
          .as("connections of all readers")
          .isGreaterThan(READERS * 3);
    }
  }

  /** Through the service, and past it as psql does: nobody hints those. */
  private Void write(String database, Api api, List<String> incidents) throws SQLException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < BATCHES; i++) {
        connection.setAutoCommit(random.nextBoolean());
        for (int j = 0; j < BATCH; j++) {
          // One incident a transaction, as two in any order could wait for each other.
          statement.addBatch(
              "insert into np_incident_timeline (source_account_id, incident_id, message) values"
                  + " ('%s', '%s', 'by psql')"
                      .formatted(account, incidents.get((i * 7 + WRITERS) % INCIDENTS)));
        }
        statement.executeBatch();
        if (!connection.getAutoCommit()) {
          connection.commit();
        }
        if (i < HTTP_NOTES) {
          api.post(
                  "/api/v1/incidents/" + incidents.get(random.nextInt(INCIDENTS)) + "/timeline",
                  "{\"message\":\"by the service\"}")
              .expect(201);
        }
      }
    }
    return null;
  }

  /** The cursor of the account's last event. */
  private static String now(Api api) {
    try (StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200)) {
      Waiting.until(Duration.ofSeconds(5), "a cursor", () -> !all.lastId().isEmpty());
      return all.lastId();
    }
  }

  private static void cutListening(String database) throws SQLException {
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < 3; i++) {
        Waiting.until(
            Duration.ofSeconds(20),
            "somebody to listen again",
            () -> {
              try (ResultSet cut =
                  statement.executeQuery(
                      "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname"
                          + " = current_database() and application_name = '"
                          + Notifications.APPLICATION
                          + "'")) {
                cut.next();
                return cut.getInt(1) > 0;
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
      }
    }
  }

  /** An instance in a process of its own. */
  private static final class Instance implements AutoCloseable {
    private final String database;
    private volatile ServiceProcess process;

    Instance(String database) {
      this.database = database;
      this.process = ServiceProcess.start(database, Map.of());
    }

    Api as(String account) {
      return process.as(account);
    }

    void killAndStartAgain() {
      process.kill();
      process = ServiceProcess.start(database, Map.of());
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
