package org.nself.incidents.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.StatementCounter;
import org.nself.incidents.testing.TestPostgres;

@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HealthTest {

  private final String database;
  private final Service service;

  HealthTest(TestPostgres postgres) {
    this.database = postgres.createDatabase();
    this.service = Service.start(database, Map.of("DATABASE_POOL_SIZE", "1"));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  @Test
  void probesAreAnsweredWithinASecondWhileEveryConnectionIsInUse() throws Exception {
    try (ExecutorService client = Executors.newVirtualThreadPerTaskExecutor();
        Connection other = TestPostgres.connect(database);
        Statement lock = other.createStatement()) {
      Api api = service.admin();
      String incident = "/api/v1/incidents/" + api.open("Locked");
      other.setAutoCommit(false);
      lock.execute("select from np_incidents for update");
      Future<Response> change = client.submit(() -> api.patch(incident, "{\"title\":\"Changed\"}"));
      Eventually.until(
          Duration.ofSeconds(10),
          "the only connection to wait for the row",
          () -> active(api) == 1);
      for (String path : new String[] {"/health", "/ready", "/health", "/ready"}) {
        long start = System.nanoTime();
        assertThat(api.get(path).status()).as(path).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .as(path)
            .isLessThan(Duration.ofSeconds(1));
      }
      assertThat(change.isDone()).as("the change, which the lock holds, is done").isFalse();
      other.rollback();
      change.get().expect(200);
    }
  }

  @Test
  void probesDoNotReachTheDatabase(TestPostgres postgres) {
    try (StatementCounter statements = StatementCounter.before(postgres.createDatabase());
        Service counted = Service.start(statements.databaseUrl(), Map.of())) {
      Api nobody = counted.with(Map.of());
      int before = statements.executed();
      for (int i = 0; i < 200; i++) {
        nobody.get("/health").expect(200);
        nobody.get("/ready").expect(200);
      }
      assertThat(statements.executed() - before).as("statements of 400 probes").isLessThan(200);
    }
  }

  @Test
  void healthCountsMigrationsThatAnotherProcessApplies() throws SQLException {
    try (Connection other = TestPostgres.connect(database);
        Statement statement = other.createStatement()) {
      Api nobody = service.with(Map.of());
      int expected = nobody.get("/health").expect(200).at("migrations/expected").asInt();
      statement.execute(
          "insert into np_incident_mgmt_migrations (installed_rank, version, description, type,"
              + " script, installed_by, execution_time, success)"
              + " select max(installed_rank) + 1, '9999', 'later', 'SQL', 'V9999__later.sql',"
              + " 'test', 1, true from np_incident_mgmt_migrations");
      Eventually.until(
          Duration.ofSeconds(10),
          "one more migration",
          () -> nobody.get("/health").at("migrations/applied").asInt() == expected + 1);
    }
  }

  private static int active(Api api) {
    return api.get("/metrics")
        .expect(200)
        .text()
        .lines()
        .filter(line -> line.startsWith("nself_plugin_database_connections{"))
        .filter(line -> line.contains("pool=\"requests\"") && line.contains("state=\"active\""))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
