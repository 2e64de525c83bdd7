package org.nself.incidents.live;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.nself.incidents.database.PgNotifications;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/**
 * Two instances on one database, one of them killed and restarted, LISTEN connections terminated,
 * rows written by psql; readers that disconnect and resume at random, on either instance and by
 * every transport. Fails if a reader missed an event, saw one twice, or two in the wrong order.
 */
final class LiveChaosTrial {

  /**
   * The size of a trial.
   *
   * @param batches that each writer writes by SQL
   * @param batch events in each, of one incident
   * @param notes that each writer writes by the service, at most one per batch
   * @param readers in total
   * @param ofAll how many of them follow the account, not one incident
   * @param kills of one instance, each followed by the termination of all LISTEN connections
   */
  record Size(
      int incidents,
      int writers,
      int batches,
      int batch,
      int notes,
      int readers,
      int ofAll,
      int kills) {}

  /** Events written, events read by all readers, and connections. */
  record Outcome(int events, long read, int connections) {}

  /** Limit for an instance to start, or to LISTEN again, beside all writers. */
  private static final Duration RECOVERY_TIMEOUT = Duration.ofMinutes(4);

  private static final Duration READ_TIMEOUT = Duration.ofMinutes(15);

  private final TestPostgres postgres;
  private final Size size;
  private final String account = Service.newAccount();

  LiveChaosTrial(TestPostgres postgres, Size size) {
    this.postgres = postgres;
    this.size = size;
  }

  /** The full form, see bench/README.md; the argument is the number of batches of each writer. */
  public static void main(String[] arguments) throws Exception {
    int batches = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 625;
    long start = System.nanoTime();
    try (TestPostgres postgres = TestPostgres.start()) {
      Outcome outcome =
          new LiveChaosTrial(postgres, new Size(200, 32, batches, 50, 50, 24, 6, 4)).run();
      System.out.printf(
          Locale.ROOT,
          "%,d events written, %,d read by 24 readers over %,d connections in %d s: 0 missing, 0"
              + " repeated, 0 out of order%n",
          outcome.events(),
          outcome.read(),
          outcome.connections(),
          (System.nanoTime() - start) / 1_000_000_000);
    }
    System.exit(0);
  }

  Outcome run() throws Exception {
    String database = postgres.createDatabase();
    try (Service steady = Service.start(database, Map.of());
        Instance killed = new Instance(database)) {
      Api api = steady.as(account, "admin");
      List<String> incidents = new ArrayList<>();
      for (int i = 0; i < size.incidents(); i++) {
        incidents.add(api.open("Incident " + i));
      }
      ExpectedEvents expected = new ExpectedEvents(database, account);
      AtomicBoolean written = new AtomicBoolean();
      List<Reader> readers = new ArrayList<>();
      String begin = now(api);
      List<Reader.Transport> transports = List.of(Reader.Transport.values());
      for (int i = 0; i < size.readers(); i++) {
        boolean all = i < size.ofAll();
        readers.add(
            new Reader(
                List.of(() -> api, () -> killed.as(account)),
                transports.get(i % transports.size()),
                all ? null : incidents.get(i % size.incidents()),
                all ? begin : "0",
                Math.max(
                    400, size.writers() * size.batches() * size.batch() / (all ? 100 : 2_000))));
      }
      ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
      try {
        readers.forEach(reader -> threads.execute(() -> reader.run(written, expected)));
        List<Future<?>> writing = new ArrayList<>();
        for (int i = 0; i < size.writers(); i++) {
          writing.add(threads.submit(() -> write(database, api, incidents)));
        }
        for (int i = 0; i < size.kills(); i++) {
          killed.killAndRestart();
          terminateListeners(database);
          log(
              "killed %d of %d times, LISTEN connections terminated"
                  .formatted(i + 1, size.kills()));
        }
        for (Future<?> writer : writing) {
          writer.get();
        }
        log("all events are written");
        written.set(true);
        threads.shutdown();
        if (!threads.awaitTermination(READ_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
          throw new AssertionError("The readers have not read all events within " + READ_TIMEOUT);
        }
      } finally {
        threads.shutdownNow();
      }
      log("all events are read");
      for (Reader reader : readers) {
        reader.check(expected, reader.followsAll() ? size.incidents() : 0);
      }
      return new Outcome(
          expected.total(),
          readers.stream().mapToLong(Reader::seen).sum(),
          readers.stream().mapToInt(Reader::connections).sum());
    }
  }

  private static void log(String message) {
    System.out.printf(Locale.ROOT, "%tT %s%n", LocalTime.now(ZoneOffset.UTC), message);
  }

  /** Writes through the service, which sends hints, and by SQL, which does not. */
  private Void write(String database, Api api, List<String> incidents) throws SQLException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < size.batches(); i++) {
        connection.setAutoCommit(random.nextBoolean());
        int batch = random.nextInt(size.incidents());
        for (int j = 0; j < size.batch(); j++) {
          // One incident per transaction: two in any order could deadlock.
          statement.addBatch(
              "insert into np_incident_timeline (source_account_id, incident_id, message) values"
                  + " ('%s', '%s', 'by psql')".formatted(account, incidents.get(batch)));
        }
        statement.executeBatch();
        if (!connection.getAutoCommit()) {
          connection.commit();
        }
        if (i < size.notes()) {
          api.post(
                  "/api/v1/incidents/"
                      + incidents.get(random.nextInt(size.incidents()))
                      + "/timeline",
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
      Eventually.until(Duration.ofSeconds(5), "a cursor", () -> !all.lastId().isEmpty());
      return all.lastId();
    }
  }

  private static void terminateListeners(String database) throws SQLException {
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < 3; i++) {
        Eventually.until(
            RECOVERY_TIMEOUT,
            "an instance to LISTEN again",
            () -> {
              try (ResultSet terminated =
                  statement.executeQuery(
                      "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname"
                          + " = current_database() and application_name = '"
                          + PgNotifications.APPLICATION_NAME
                          + "'")) {
                terminated.next();
                return terminated.getInt(1) > 0;
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
      this.process = start();
    }

    private ServiceProcess start() {
      return ServiceProcess.launch(database, Map.of()).awaitReady(RECOVERY_TIMEOUT);
    }

    Api as(String account) {
      return process.as(account);
    }

    void killAndRestart() {
      process.kill();
      process = start();
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
