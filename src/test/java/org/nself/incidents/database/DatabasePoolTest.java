package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.PostgresProxy;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.TestPostgres;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.springframework.jdbc.core.simple.JdbcClient;

@ExtendWith(RunningService.class)
class DatabasePoolTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final TestPostgres postgres;
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();

  DatabasePoolTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  private static final SqlStatement BACKEND = SqlStatement.of("select pg_backend_pid()");

  private DatabasePool pool(String url, int size) {
    return new DatabasePool(
        "test", ConnectionFactory.of(DatabaseUrl.parse("DATABASE_URL", url)), size, metrics);
  }

  @Test
  void oneLostConnectionDoesNotMakeTheDatabaseUnavailable() throws SQLException {
    String url = postgres.createDatabase();
    try (DatabasePool pool = pool(url, 3);
        Connection lost = pool.connection()) {
      try (Connection other = pool.connection();
          Statement statement = other.createStatement()) {
        statement.execute("select pg_terminate_backend(" + backend(lost) + ")");
      }
      assertThatThrownBy(() -> backend(lost))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> {
                assertThat(DatabasePool.isConnectionLost(e)).as(e.getSQLState()).isTrue();
                assertThat(SqlExceptionTranslator.translate(pool, e))
                    .isInstanceOf(ApiException.class);
              });
      for (int i = 0; i < 1_000; i++) {
        assertThat(pool.isAvailable()).as("available").isTrue();
        try (Connection connection = pool.connection()) {
          assertThat(backend(connection)).isPositive();
        }
      }
    }
  }

  @Test
  void whatFollowsACommitRunsWithoutItsConnectionAndCannotFailIt() {
    String url = postgres.createDatabase();
    Migrations.run(DatabaseUrl.parse("DATABASE_URL", url));
    try (DatabasePool pool = pool(url, 1)) {
      TenantDatabase database = new TenantDatabase(pool);
      List<Integer> backends = new ArrayList<>();
      String result =
          database.transaction(
              "a",
              transaction -> {
                backends.addAll(transaction.query(BACKEND, Map.of(), row -> row.getInt(1)));
                transaction.afterCommit(
                    () -> {
                      throw new IllegalStateException("for the log");
                    });
                transaction.afterCommit(
                    () ->
                        backends.addAll(
                            database.query("a", BACKEND, Map.of(), row -> row.getInt(1))));
                return "committed";
              });
      assertThat(result).isEqualTo("committed");
      assertThat(backends)
          .as("the connection, used again")
          .hasSize(2)
          .containsOnly(backends.get(0));
    }
  }

  /** At the next statement, at one after it, at the commit, and in a library's own statement. */
  @Test
  void aConnectionThatIsClosedInATransactionIsUnavailable() {
    String url = postgres.createDatabase();
    Migrations.run(DatabaseUrl.parse("DATABASE_URL", url));
    try (DatabasePool pool = pool(url, 3)) {
      TenantDatabase tenants = new TenantDatabase(pool);
      assertUnavailable(tenants, transaction -> terminateOwn(url, transaction));
      assertUnavailable(
          tenants,
          transaction -> {
            terminateOwn(url, transaction);
            backend(transaction);
          });
      assertUnavailable(
          tenants,
          transaction -> {
            terminateOwn(url, transaction);
            assertThatThrownBy(() -> backend(transaction)).isInstanceOf(ApiException.class);
            backend(transaction);
          });
      assertUnavailable(
          tenants,
          transaction -> {
            terminateOwn(url, transaction);
            JdbcClient.create(transaction.dataSource()).sql("select 1").query().listOfRows();
          });
    }
  }

  private static void assertUnavailable(
      TenantDatabase tenants, Consumer<TenantDatabase.Transaction> work) {
    assertThatThrownBy(
            () ->
                tenants.transaction(
                    "a",
                    transaction -> {
                      work.accept(transaction);
                      return true;
                    }))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
  }

  private static int backend(TenantDatabase.Transaction transaction) {
    return transaction.query(BACKEND, Map.of(), row -> row.getInt(1)).getFirst();
  }

  private static void terminateOwn(String url, TenantDatabase.Transaction transaction) {
    new DirectDatabase(url)
        .texts("select pg_terminate_backend(" + backend(transaction) + ", 5000)");
  }

  /** PostgreSQL refuses further connections of the role; the one that it has goes round. */
  @Test
  void refusedConnectionsDoNotMakeTheDatabaseUnavailableWhileOneIsThere() throws Exception {
    String role = "one_" + UUID.randomUUID().toString().replace("-", "");
    postgres.execute(
        "postgres", "create role %s login password 'one' connection limit 1".formatted(role));
    String url = postgres.createDatabase().replaceFirst("//[^@]*@", "//" + role + ":one@");
    try (DatabasePool pool = pool(url, 2)) {
      CompletableFuture<Boolean> second = new CompletableFuture<>();
      try (Connection connection = pool.connection()) {
        assertThat(backend(connection)).isPositive();
        Thread.ofVirtual()
            .start(
                () -> {
                  try (Connection other = pool.connection()) {
                    second.complete(backend(other) > 0);
                  } catch (SQLException | RuntimeException e) {
                    second.completeExceptionally(e);
                  }
                });
        // Longer than HikariCP waits before it reports why it has made no connection.
        long start = System.nanoTime();
        Eventually.until(
            SOON,
            "a second and a half without a second connection",
            () -> System.nanoTime() - start > 1_500_000_000L || second.isDone());
        assertThat(second.isDone()).as("the second has a connection, or an error").isFalse();
        assertThat(pool.isAvailable()).as("available").isTrue();
      }
      assertThat(second.get(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void anInterruptOfOneThreadDoesNotMakeTheDatabaseUnavailable() throws Exception {
    String url = postgres.createDatabase();
    // Creates the role of the tenants.
    Migrations.run(DatabaseUrl.parse("DATABASE_URL", url));
    try (DatabasePool pool = pool(url, 1)) {
      TenantDatabase tenants = new TenantDatabase(pool);
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Thread running =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      tenants.query("a", SqlStatement.of("select pg_sleep(9)"), Map.of(), row -> 1);
                      failure.complete(new AssertionError("not interrupted"));
                    } catch (RuntimeException e) {
                      failure.complete(e);
                    }
                  });
      Eventually.until(SOON, "the query", () -> connections("active") == 1);
      running.interrupt();
      assertThat(failure.get(20, TimeUnit.SECONDS)).isInstanceOf(ApiException.class);
      for (int i = 0; i < 100; i++) {
        assertThat(pool.isAvailable()).as("available").isTrue();
        try (Connection connection = pool.connection()) {
          assertThat(backend(connection)).isPositive();
        }
      }
    }
  }

  @Test
  void connectionsAreGivenFirstComeFirstServed() throws Exception {
    try (DatabasePool pool = pool(postgres.createDatabase(), 1)) {
      ConcurrentLinkedQueue<Integer> order = new ConcurrentLinkedQueue<>();
      List<Thread> waiting = new ArrayList<>();
      try (Connection held = pool.connection()) {
        assertThat(backend(held)).isPositive();
        for (int i = 0; i < 30; i++) {
          int number = i;
          waiting.add(Thread.ofVirtual().start(() -> use(pool, () -> order.add(number))));
          Eventually.until(SOON, "it to wait", () -> queueLength() == number + 1);
        }
        // Longer than HikariCP's timeout, after which a waiter would go to the end of its queue.
        long start = System.nanoTime();
        Eventually.until(SOON, "a second", () -> System.nanoTime() - start > 1_000_000_000L);
      }
      use(pool, () -> order.add(30));
      for (Thread thread : waiting) {
        thread.join();
      }
      assertThat(List.copyOf(order)).as("numbers in order of arrival").isSorted().hasSize(31);
    }
  }

  @Test
  void theWaitForAConnectionIsBoundedAlthoughNoneIsReturned() throws Exception {
    try (DatabasePool pool = pool(postgres.createDatabase(), 1);
        Connection held = pool.connection()) {
      assertThat(backend(held)).isPositive();
      long start = System.nanoTime();
      assertThatThrownBy(pool::connection)
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("All database connections are busy");
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(9));
      assertThat(
              metrics
                  .get("nself_plugin_database_queue_refused")
                  .tags("queue", "connection", "reason", "timeout")
                  .counter()
                  .count())
          .isEqualTo(1);
      assertThat(metrics.get("nself_plugin_database_queue_wait").timer().max(TimeUnit.SECONDS))
          .isGreaterThanOrEqualTo(5);
    }
  }

  @Test
  void metricsCountConnectionsInUseAndIdle() throws SQLException {
    try (DatabasePool pool = pool(postgres.createDatabase(), 4)) {
      try (Connection connection = pool.connection()) {
        assertThat(backend(connection)).isPositive();
        assertThat(connections("active")).isEqualTo(1);
      }
      Eventually.until(SOON, "the minimum of idle connections", () -> connections("idle") == 2);
      assertThat(connections("active")).isZero();
      assertThat(connections("total")).isEqualTo(2);
      assertThat(metrics.get("nself_plugin_database_connections_max").gauge().value()).isEqualTo(4);
      assertThat(metrics.get("nself_plugin_database_available").gauge().value()).isEqualTo(1);
    }
  }

  private double connections(String state) {
    return metrics.get("nself_plugin_database_connections").tags("state", state).gauge().value();
  }

  private double queueLength() {
    return metrics
        .get("nself_plugin_database_queue_length")
        .tags("queue", "connection")
        .gauge()
        .value();
  }

  /** As when the network drops packets: new connections are neither accepted nor refused. */
  @Test
  void aLostConnectionIsFollowedUpUntilItIsKnownWhetherOthersWork() throws SQLException {
    AtomicBoolean silent = new AtomicBoolean();
    PostgresProxy.Observer observer =
        new PostgresProxy.Observer() {
          @Override
          public boolean toClient(char type, byte[] body) {
            return !silent.get();
          }
        };
    try (PostgresProxy proxy = PostgresProxy.start(postgres.createDatabase(), () -> observer);
        DatabasePool pool = pool(proxy.databaseUrl(), 2)) {
      use(pool, () -> {});
      Eventually.until(SOON, "two connections", () -> connections("idle") == 2);
      silent.set(true);
      pool.onConnectionLost(new SQLException("read timed out", "08006"));
      Eventually.until(
          SOON, "the database is unavailable, without any request", () -> !pool.isAvailable());
      assertThat(pool.isReady()).as("ready while unavailable").isFalse();
      silent.set(false);
      Eventually.until(SOON, "the database is available again", pool::isReady);
      use(pool, () -> {});
    }
  }

  private static void use(DatabasePool pool, Runnable work) {
    try (Connection connection = pool.connection()) {
      assertThat(connection.isValid(1)).isTrue();
      work.run();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int backend(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }
}
