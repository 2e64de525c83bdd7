package org.nself.incidents.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/**
 * What operators do to a database is told by {@code /ready} and the log within five seconds, with
 * what mends it, and requests are never an internal error. In a cluster of its own, because roles
 * belong to the cluster.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class ReadinessTest {

  private static final Duration SOON = Duration.ofSeconds(5);

  private TestPostgres postgres;
  private String name;
  private ServiceProcess service;
  private Api api;

  @BeforeAll
  void start() {
    postgres = TestPostgres.embedded();
    String database = postgres.createDatabase();
    name = database.substring(database.lastIndexOf('/') + 1);
    service = ServiceProcess.start(postgres.forPlainLogin(database), Map.of());
    api = service.as("primary");
    api.open("Before");
  }

  @AfterAll
  void stop() throws IOException {
    service.close();
    postgres.close();
  }

  @Test
  void aServiceThatIsReadySaysWhatItChecked() {
    Response ready = api.get("/ready").expect(200);
    assertThat(ready.at("checks").valueStream().map(check -> check.get("name").asString()))
        .containsExactly(
            "database", "role", "grants", "migrations", "pool", "notifications", "runbooks");
    assertThat(check(ready, "database").get("code").asString()).isEqualTo("direct");
    Eventually.until(
        SOON,
        "LISTEN",
        () -> check(api.get("/ready"), "notifications").get("code").asString().equals("listening"));
    assertThat(check(ready, "runbooks").get("status").asString()).isEqualTo("ok");
  }

  @Test
  void aMissingMembershipIsTold() {
    isTold(
        "revoke nself_incident_mgmt from plain_login",
        "role",
        "not_member",
        "grant nself_incident_mgmt to plain_login;",
        "grant nself_incident_mgmt to plain_login");
  }

  @Test
  void aMissingRoleIsTold() {
    isTold(
        "alter role nself_incident_mgmt rename to elsewhere",
        "role",
        "missing",
        "create role nself_incident_mgmt nologin; grant nself_incident_mgmt to plain_login; then"
            + " restart this process",
        "alter role elsewhere rename to nself_incident_mgmt");
  }

  @Test
  void aRoleThatIsNotSubjectToRowLevelSecurityIsTold() {
    isTold(
        "alter role nself_incident_mgmt bypassrls",
        "role",
        "bypasses_isolation",
        "alter role nself_incident_mgmt nosuperuser nobypassrls;",
        "alter role nself_incident_mgmt nosuperuser nobypassrls");
  }

  @Test
  void aMissingGrantIsToldWithTheStatementThatGrantsIt() {
    isTold(
        "revoke select on np_incidents from nself_incident_mgmt",
        "grants",
        "missing",
        "grant select, insert, update on np_incidents to nself_incident_mgmt;",
        "grant select, insert, update on np_incidents to nself_incident_mgmt");
  }

  @Test
  void aMissingTableIsTold() {
    isTold(
        "alter table np_incidents rename to np_gone",
        "grants",
        "missing",
        "grant select, insert, update on np_incidents to nself_incident_mgmt; grant execute on"
            + " function np_incidents_valid(np_incidents) to nself_incident_mgmt;",
        "alter table np_gone rename to np_incidents");
  }

  @Test
  void aPendingMigrationIsTold() {
    isTold(
        "update np_incident_mgmt_migrations set success = false where version = '15'",
        "migrations",
        "pending",
        "restart this process, which migrates",
        "update np_incident_mgmt_migrations set success = true where version = '15'");
  }

  /** Breaks the database, expects to be told, and mends it. */
  private void isTold(String breaks, String check, String code, String command, String mends) {
    int logged = service.log().size();
    postgres.execute(name, breaks);
    try {
      AtomicReference<Response> ready = new AtomicReference<>();
      Eventually.until(
          SOON,
          "/ready to say " + code,
          () -> {
            long start = System.nanoTime();
            ready.set(api.get("/ready"));
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("the time that /ready took")
                .isLessThan(Duration.ofSeconds(1));
            return check(ready.get(), check).get("code").asString().equals(code);
          });
      ready.get().expect(503);
      assertThat(check(ready.get(), check).get("command").asString()).isEqualTo(command);
      assertThat(api.get("/health").expect(503).text("status")).isEqualTo("degraded");
      Eventually.until(
          SOON,
          "the log to have the command",
          () ->
              service.log().stream()
                  .skip(logged)
                  .anyMatch(
                      line ->
                          line.contains("Not ready: " + check)
                              && line.contains(command.replace("\"", "\\\""))));
      assertThat(api.get("/api/v1/incidents").status()).as("status of a read").isIn(200, 503);
      assertThat(api.post("/api/v1/incidents", "{\"title\":\"Meanwhile\"}").status())
          .as("status of a write")
          .isIn(201, 503);
      assertThat(api.get("/api/v1/runbooks").status()).isIn(200, 503);
    } finally {
      postgres.execute(name, mends);
    }
    Eventually.until(SOON, "/ready to be 200 again", () -> api.get("/ready").status() == 200);
    api.open("After");
  }

  private static JsonNode check(Response response, String name) {
    return response
        .at("checks")
        .valueStream()
        .filter(check -> check.get("name").asString().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no check " + name + " in " + response.text()));
  }
}
