package org.nself.incidents.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/** Shutdown by SIGTERM; 143 is the exit status of a process that it ended. */
@ExtendWith(RunningService.class)
class ShutdownTest {

  /** nself kills the process after this time. */
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final String database;

  ShutdownTest(TestPostgres postgres) {
    this.database = postgres.createDatabase();
  }

  @Test
  void aRequestInFlightIsFinishedWhileReadinessIsOff() throws Exception {
    try (ServiceProcess service = ServiceProcess.start(database, Map.of());
        ExecutorService client = Executors.newSingleThreadExecutor();
        Connection other = TestPostgres.connect(database)) {
      Api api = service.as("draining");
      String id = api.open("Held by somebody else");
      other.setAutoCommit(false);
      execute(other, "select from np_incidents where id = '%s' for update".formatted(id));
      Future<Response> change =
          client.submit(() -> api.patch("/api/v1/incidents/" + id, "{\"title\":\"Changed\"}"));
      Eventually.until(
          Duration.ofSeconds(10), "the change to wait for the row", () -> isSomebodyWaiting(other));

      long signalled = System.nanoTime();
      service.terminate();
      Eventually.until(
          Duration.ofSeconds(5), "readiness to turn off", () -> api.get("/ready").status() == 503);
      assertThat(change.isDone()).as("the change that waits for the lock is done").isFalse();
      other.rollback();

      assertThat(change.get().expect(200).text("title")).isEqualTo("Changed");
      assertThat(service.exitStatus()).isEqualTo(143);
      assertThat(Duration.ofNanos(System.nanoTime() - signalled)).isLessThan(LIMIT);
    }
  }

  @Test
  void anUnfinishedRequestIsAbortedInTime() throws IOException {
    try (ServiceProcess service = ServiceProcess.start(database, Map.of())) {
      URI url = URI.create(service.as("draining").url());
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), url.getPort())) {
        socket
            .getOutputStream()
            .write(
                """
                POST /api/v1/incidents HTTP/1.1\r
                Host: localhost\r
                Authorization: Bearer %s\r
                Content-Type: application/json\r
                Content-Length: 1000\r
                \r
                {"title":\
                """
                    .formatted(Service.TOKEN)
                    .getBytes(StandardCharsets.UTF_8));
        Eventually.until(
            Duration.ofSeconds(10), "the request to be in flight", () -> inFlight(service) == 2);

        long signalled = System.nanoTime();
        service.terminate();
        assertThat(service.exitStatus()).isEqualTo(143);
        assertThat(Duration.ofNanos(System.nanoTime() - signalled))
            .as("time that an unfinished request held the process")
            .isBetween(Duration.ofSeconds(5), LIMIT);
      }
    }
  }

  /** Includes the request for the metrics itself. */
  private static int inFlight(ServiceProcess service) {
    return service
        .as("draining")
        .get("/metrics")
        .expect(200)
        .text()
        .lines()
        .filter(line -> line.startsWith("nself_plugin_in_flight_requests"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private static boolean isSomebodyWaiting(Connection connection) {
    try (Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where datname = current_database() and"
                    + " wait_event_type = 'Lock'")) {
      result.next();
      return result.getInt(1) > 0;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
