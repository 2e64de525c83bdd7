package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nself.incidents.live.StreamClient;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.PgBouncer;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Two instances behind PgBouncer in transaction mode, with a URL that says nothing of it. */
@ExtendWith(RunningService.class)
class PoolerTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int CLIENTS = 12;
  private static final int ROUNDS = 25;

  private final TestPostgres postgres;

  PoolerTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void twoInstancesServeAndFollowEachOther(@TempDir Path directory) throws Exception {
    PgBouncer.need();
    String database = postgres.createDatabase();
    String plain = postgres.forPlainLogin(database);
    try (PgBouncer pooler = PgBouncer.start(Files.createDirectory(directory.resolve("1")), plain)) {
      // The first start migrates, and one after it finds no lock left behind.
      Service.start(pooler.databaseUrl(), Map.of()).close();
      Service.start(pooler.databaseUrl(), Map.of()).close();
    }
    // Without the timeout that the migration V12.1 leaves.
    try (PgBouncer pooler = PgBouncer.start(Files.createDirectory(directory.resolve("2")), plain)) {
      try (Service one = Service.start(pooler.databaseUrl(), Map.of());
          Service two = Service.start(pooler.databaseUrl(), Map.of("LISTEN_DATABASE_URL", plain))) {
        servesUnderLoad(List.of(one, two));
        assertThat(code(one, "database")).isEqualTo("pooled");
        Eventually.until(SOON, "polling", () -> code(one, "notifications").equals("polling"));
        Eventually.until(SOON, "LISTEN", () -> code(two, "notifications").equals("listening"));
        follows(two, one);
        follows(one, two);
      }
      assertThat(settingsLeft(pooler.databaseUrl()))
          .as("timeouts that other programs behind the pooler get")
          .containsOnly("0 0 0");
    }
  }

  /** Longer than the driver needs to prepare a statement on the server. */
  private static void servesUnderLoad(List<Service> instances) throws Exception {
    ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        Api api = instances.get(i % instances.size()).admin();
        clients.execute(
            () -> {
              try {
                String incident = "/api/v1/incidents/" + api.open("Behind a pooler");
                for (int round = 0; round < ROUNDS; round++) {
                  api.post(incident + "/timeline", "{\"message\":\"Round\"}").expect(201);
                  api.patch(incident, "{\"title\":\"Round %d\"}".formatted(round)).expect(200);
                  api.get("/api/v1/incidents?status=open").expect(200);
                  api.get(incident).expect(200);
                }
              } catch (AssertionError | RuntimeException e) {
                failures.add(String.valueOf(e.getMessage()));
              }
            });
      }
    }
    assertThat(failures).as("requests that failed").isEmpty();
  }

  private static void follows(Service watched, Service written) {
    String account = Service.newAccount();
    Api writer = written.as(account, "admin");
    try (StreamClient changes =
        StreamClient.get(watched.as(account, "viewer"), "/api/v1/incidents").expect(200)) {
      for (int i = 0; i < 5; i++) {
        String title = "Change " + i;
        writer.open(title);
        assertThat(changes.next().json().at("/incident/title").asString()).isEqualTo(title);
      }
    }
  }

  private static String code(Service service, String check) {
    for (JsonNode found : service.with(Map.of()).get("/ready").expect(200).at("checks")) {
      if (found.get("name").asString().equals(check)) {
        return found.get("code").asString();
      }
    }
    throw new AssertionError("There is no check " + check);
  }

  /** Of as many connections of the pooler as there may be, all in use at once. */
  private static List<String> settingsLeft(String url) throws SQLException {
    List<Connection> open = new ArrayList<>();
    List<String> settings = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        Connection connection = TestPostgres.connect(url);
        open.add(connection);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement();
            ResultSet row =
                statement.executeQuery(
                    "select concat_ws(' ', current_setting('statement_timeout'),"
                        + " current_setting('lock_timeout'),"
                        + " current_setting('idle_in_transaction_session_timeout'))")) {
          row.next();
          settings.add(row.getString(1));
        }
      }
    } finally {
      for (Connection connection : open) {
        connection.close();
      }
    }
    return settings;
  }
}
