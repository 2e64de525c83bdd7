package org.nself.incidents.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.ConfigurationException;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import org.nself.incidents.web.error.ApiException;

@ExtendWith(RunningService.class)
class MigrationsTest {

  private final TestPostgres postgres;

  MigrationsTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void theServiceWorksOnPostgresql14() throws IOException {
    try (TestPostgres old = TestPostgres.embedded14();
        Service service = Service.start(old.createDatabase(), Map.of())) {
      assertThat(single(service.databaseUrl(), "show server_version")).startsWith("14.");
      Api api = service.admin();
      String id = api.open("On an old server");
      api.patch("/api/v1/incidents/" + id, "{\"status\":\"acknowledged\",\"severity\":\"high\"}")
          .expect(200);
      assertThat(api.get("/api/v1/incidents/" + id + "/timeline/verification").expect(200).text())
          .contains("\"intact\":true", "\"events\":3");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As a newer version does while this one serves: the results of prepared statements change. */
  @Test
  void aColumnThatANewerVersionAddsFailsNoRequest() throws SQLException {
    try (Service service = Service.start(postgres.createDatabase(), Map.of())) {
      Api api = service.admin();
      String incident = "/api/v1/incidents/" + api.open("Meanwhile a column is added");
      String runbook =
          "/api/v1/runbooks/"
              + api.post(
                      "/api/v1/runbooks",
                      "{\"name\":\"Rollback\",\"steps\":[{\"key\":\"look\",\"kind\":\"manual\",\"title\":\"Look\"}]}")
                  .expect(201)
                  .text("id");
      List<Consumer<Integer>> requests =
          List.of(
              time -> api.get("/api/v1/incidents").expect(200),
              time -> api.get(incident).expect(200),
              time -> api.post("/api/v1/incidents", "{\"title\":\"One more\"}").expect(201),
              time -> api.patch(incident, "{\"title\":\"Title " + time + "\"}").expect(200),
              time -> api.post(incident + "/timeline", "{\"message\":\"Note\"}").expect(201),
              time -> api.get(incident + "/timeline").expect(200),
              time -> api.get("/api/v1/runbooks").expect(200),
              time -> api.patch(runbook, "{\"name\":\"Rollback " + time + "\"}").expect(200));
      // Often enough for the driver to prepare the statements on the server.
      for (int time = 0; time < 12; time++) {
        for (Consumer<Integer> request : requests) {
          request.accept(time);
        }
      }
      int column = 0;
      for (Consumer<Integer> request : requests) {
        column++;
        for (String table :
            List.of("np_incidents", "np_incident_timeline", "np_runbooks", "np_runbook_versions")) {
          execute(
              service.databaseUrl(),
              "alter table %s add column added_%d integer".formatted(table, column));
        }
        request.accept(100 + column);
        for (Consumer<Integer> again : requests) {
          for (int time = 0; time < 6; time++) {
            again.accept(200 + column * 10 + time);
          }
        }
      }
    }
  }

  @Test
  void severalProcessesMayMigrateAtOnce() throws Exception {
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", postgres.createDatabase());
    Callable<Migrations> migrate = () -> Migrations.run(url);
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      for (Future<Migrations> done :
          threads.invokeAll(Stream.generate(() -> migrate).limit(6).toList())) {
        assertThat(done.get().applied()).isEqualTo(done.get().expected()).isPositive();
      }
    }
  }

  /** A long transaction keeps V17 from its lock for longer than lock_timeout permits. */
  @Test
  void aMigrationThatLosesItsLockToATransactionIsTriedAgain() throws Exception {
    String url = postgres.createDatabase();
    ConnectionFactory connections = ConnectionFactory.of(DatabaseUrl.parse("DATABASE_URL", url));
    assertThat(
            Migrations.configuration(connections).target("16").load().migrate().migrationsExecuted)
        .isPositive();
    DirectDatabase database = new DirectDatabase(url);
    String waiting =
        "select count(*) from pg_locks where not granted and relation = 'np_incidents'::regclass";
    try (ExecutorService threads = Executors.newSingleThreadExecutor();
        Connection blocking = TestPostgres.connect(url)) {
      blocking.setAutoCommit(false);
      try (Statement statement = blocking.createStatement()) {
        statement.execute("lock table np_incidents in row exclusive mode");
      }
      Future<Migrations> migrated = threads.submit(() -> Migrations.run(connections));
      Duration soon = Duration.ofSeconds(20);
      Eventually.until(soon, "V17 to wait for its lock", () -> database.number(waiting) == 1);
      Eventually.until(soon, "its lock_timeout to pass", () -> database.number(waiting) == 0);
      Eventually.until(soon, "it to be tried again", () -> database.number(waiting) == 1);
      blocking.rollback();
      assertThat(migrated.get().applied()).isEqualTo(migrated.get().expected());
    }
  }

  @Test
  void migrationKeepsTablesOfOtherPrograms() throws SQLException {
    String database = postgres.createDatabase();
    execute(
        database,
        "create table somebody_elses (id integer); create table flyway_schema_history (x integer)");
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", database);
    Migrations.run(url);
    assertThat(Migrations.run(url).applied()).as("a second start").isPositive();
  }

  @Test
  void aDatabaseOwnerWithoutSuperuserCanMigrateAndServe() throws SQLException, IOException {
    // In a cluster of its own, in which the service's role does not exist yet.
    try (TestPostgres fresh = TestPostgres.embedded()) {
      String database = fresh.createDatabase();
      String name = database.substring(database.lastIndexOf('/') + 1);
      execute(
          database,
          "create role app login createrole password 'secret'; alter database %s owner to app; alter schema public owner to app"
              .formatted(name));
      servesFor(database, database.replaceFirst("//[^@]*@", "//app:secret@"));
    }
  }

  private static void servesFor(String database, String owned) throws SQLException {
    try (Service service = Service.start(owned, Map.of())) {
      Api api = service.admin();
      String id = api.open("Owned by no superuser");
      api.patch("/api/v1/incidents/" + id, "{\"title\":\"Changed\"}").expect(200);
      assertThat(service.admin().get("/api/v1/incidents/" + id).status()).isEqualTo(404);
      assertThat(api.get("/api/v1/incidents/" + id + "/timeline/verification").text())
          .contains("\"intact\":true");
      // Forced row-level security applies to the owner too.
      assertThat(single(owned, "select count(*) from np_incidents")).isEqualTo("0");
      // A superuser's writes run the owner's triggers.
      execute(
          database,
          "insert into np_incidents (source_account_id, title) values ('elsewhere', 'By a"
              + " superuser')");
      assertThat(
              single(
                  database,
                  "select number from np_incidents where source_account_id = 'elsewhere'"))
          .isEqualTo("1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update np_incident_mgmt_migrations set checksum = checksum + 1 where version = '3'",
        "update np_incident_mgmt_migrations set success = false where version = '3'",
        "update np_incident_mgmt_migrations set version = '3.1' where version = '3'"
      })
  void anInconsistentMigrationHistoryFailsTheStart(String change) throws SQLException {
    String database = postgres.createDatabase();
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", database);
    Migrations.run(url);
    execute(database, change);
    assertThatThrownBy(() -> Migrations.run(url))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("DATABASE_URL names a database that cannot be migrated");
  }

  @Test
  void aDatabaseOfALaterVersionIsServed() throws SQLException {
    String database = postgres.createDatabase();
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", database);
    int expected = Migrations.run(url).expected();
    execute(
        database,
        "insert into np_incident_mgmt_migrations (installed_rank, version, description, type,"
            + " script, checksum, installed_by, execution_time, success) values (1000, '1000', 'of"
            + " the future', 'SQL', 'V1000__of_the_future.sql', 1, 'somebody', 1, true)");
    assertThat(Migrations.run(url).applied()).isEqualTo(expected + 1);
  }

  @Test
  void aMissingDatabaseFailsTheStartWithOneLine() {
    DatabaseUrl url = DatabaseUrl.parse("DATABASE_URL", postgres.url("nowhere"));
    assertThatThrownBy(() -> Migrations.run(url))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith("DATABASE_URL")
        .hasMessageContaining("nowhere")
        .satisfies(problem -> assertThat(problem.getMessage()).doesNotContain("\n"));
  }

  @Test
  void statementsRunAsTheRestrictedRoleWithAnyLoginRole() {
    List<String> roles = new TenantDatabaseProbe(postgres.createDatabase()).currentUsers();
    assertThat(roles).containsOnly("nself_incident_mgmt");
  }

  @Test
  void postgresqlRejectsAWriteInAReadTransaction() {
    TenantDatabaseProbe probe = new TenantDatabaseProbe(postgres.createDatabase());
    assertThat(probe.write()).as("incidents of an account without incidents").isZero();
    assertThatThrownBy(probe::writeByQuery)
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("cannot write");
  }

  private static void execute(String database, String sql) throws SQLException {
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String single(String database, String sql) throws SQLException {
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getString(1);
    }
  }
}
