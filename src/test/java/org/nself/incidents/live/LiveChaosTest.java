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
 * Two instances on one database, one of them killed and started again, listening cut, rows by psql;
 * readers that drop and go on at random, on either instance and by every transport. Fails where one
 * of them missed an event, saw one twice, or two in the wrong order.
 */
final class LiveChaosTest {

  /**
   * How much of it.
   *
   * @param batches that each writer writes past the service
   * @param batch events in each, of one incident
   * @param notes that each writer writes by the service, at most one a batch
   * @param readers in all
   * @param ofAll how many of them follow the account, not one incident
   * @param kills of one instance, each followed by cuts of all listening connections
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

  /** What was written, read in all, and over how many connections. */
  record Outcome(int events, long read, int connections) {}

  /** An instance that starts, or comes back to listening, beside all of the writers. */
  private static final Duration BACK_WITHIN = Duration.ofMinutes(4);

  private static final Duration READ_WITHIN = Duration.ofMinutes(15);

  private final TestPostgres postgres;
  private final Size size;
  private final String account = Service.newAccount();

  LiveChaosTest(TestPostgres postgres, Size size) {
    this.postgres = postgres;
    this.size = size;
  }

  /** The full form; see bench/README.md. Takes the number of batches of each of 32 writers. */
  public static void main(String[] arguments) throws Exception {
    int batches = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 625;
    long start = System.nanoTime();
    try (TestPostgres postgres = TestPostgres.start()) {
      Outcome outcome =
          new LiveChaosTest(postgres, new Size(200, 32, batches, 50, 50, 24, 6, 4)).run();
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
          killed.killAndStartAgain();
          cutListening(database);
          say("killed %d of %d times, listening cut".formatted(i + 1, size.kills()));
        }
        for (Future<?> writer : writing) {
          writer.get();
        }
        say("all is written");
        written.set(true);
        threads.shutdown();
        if (!threads.awaitTermination(READ_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
          throw new AssertionError("The readers have not read all within " + READ_WITHIN);
        }
      } finally {
        threads.shutdownNow();
      }
      say("all is read");
      for (Reader reader : readers) {
        reader.check(expected, reader.followsAll() ? size.incidents() : 0);
      }
      return new Outcome(
          expected.total(),
          readers.stream().mapToLong(Reader::seen).sum(),
          readers.stream().mapToInt(Reader::connections).sum());
    }
  }

  private static void say(String what) {
    System.out.printf(Locale.ROOT, "%tT %s%n", LocalTime.now(ZoneOffset.UTC), what);
  }

  /** Through the service, and past it as psql does: nobody hints those. */
  private Void write(String database, Api api, List<String> incidents) throws SQLException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < size.batches(); i++) {
        connection.setAutoCommit(random.nextBoolean());
        int batch = random.nextInt(size.incidents());
        for (int j = 0; j < size.batch(); j++) {
          // One incident a transaction, as two in any order could wait for each other.
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

  private static void cutListening(String database) throws SQLException {
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < 3; i++) {
        Eventually.until(
            BACK_WITHIN,
            "somebody to listen again",
            () -> {
              try (ResultSet cut =
                  statement.executeQuery(
                      "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname"
                          + " = current_database() and application_name = '"
                          + PgNotifications.APPLICATION_NAME
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
      this.process = start();
    }

    private ServiceProcess start() {
      return ServiceProcess.launch(database, Map.of()).awaitReady(BACK_WITHIN);
    }

    Api as(String account) {
      return process.as(account);
    }

    void killAndStartAgain() {
      process.kill();
      process = start();
    }

    @Override
    public void close() {
      process.close();
    }
  }
}
