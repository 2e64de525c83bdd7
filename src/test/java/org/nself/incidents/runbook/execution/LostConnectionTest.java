package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** PostgreSQL closes the connection of a request, at each statement of its transaction. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LostConnectionTest {

  private static final String BLOCKED =
      " from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

  private final String database;
  private final DirectDatabase directDatabase;
  private final Service service;
  private final Api api;
  private final RunbookDriver driver;
  private final String runbook;

  LostConnectionTest(TestPostgres postgres) {
    database = postgres.createDatabase();
    directDatabase = new DirectDatabase(database);
    service = Service.start(database, Map.of());
    api = service.admin();
    driver = new RunbookDriver(api);
    runbook = driver.runbook("[{'key':'look','title':'look','kind':'manual'}]");
  }

  @AfterAll
  void stop() {
    service.close();
  }

  /** The answer to a request whose connection is closed while it waits for the table. */
  private Response answer(String table, Supplier<Response> request) {
    try (Connection connection = TestPostgres.connect(database);
        Statement lock = connection.createStatement()) {
      connection.setAutoCommit(false);
      lock.execute("lock table " + table + " in access exclusive mode");
      CompletableFuture<Response> answer = CompletableFuture.supplyAsync(request);
      Eventually.until(
          Duration.ofSeconds(20),
          "the answer",
          () -> {
            directDatabase.number("select count(pg_terminate_backend(pid))" + BLOCKED);
            return answer.isDone();
          });
      connection.rollback();
      return answer.join();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"np_incidents", "np_incident_timeline", "np_incident_milestones"})
  void openingAnIncidentIsUnavailable(String table) {
    String body = "{\"title\":\"Lost\"}";
    assertUnavailable(answer(table, () -> api.post("/api/v1/incidents", body)));
    assertUnavailable(answer(table, () -> api.post("/incidents/", body)));
    assertCodeUnavailable(
        answer(
            table,
            () -> api.graphql("mutation { openIncident(input: {title: \"Lost\"}) { id } }", "{}")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "np_runbooks",
        "np_runbook_versions",
        "np_runbook_executions",
        "np_runbook_steps",
        "np_runbook_tasks"
      })
  void startingARunbookIsUnavailable(String table) {
    assertUnavailable(
        answer(table, () -> api.post("/api/v1/runbooks/" + runbook + "/executions", "{}")));
    assertCodeUnavailable(
        answer(
            table,
            () ->
                api.graphql(
                    "mutation($id: UUID!) { startRunbook(input: {runbookId: $id}) { id } }",
                    "{\"id\":\"" + runbook + "\"}")));
  }

  @Test
  void readingIsUnavailable() {
    assertUnavailable(answer("np_incidents", () -> api.get("/api/v1/incidents")));
    assertCodeUnavailable(
        answer("np_incidents", () -> api.graphql("{ incidents { totalCount } }", "{}")));
    assertCodeUnavailable(
        answer("np_runbooks", () -> api.graphql("{ runbooks { nodes { id } } }", "{}")));
  }

  private static void assertUnavailable(Response response) {
    assertThat(response.status()).as(response.text()).isEqualTo(503);
    assertThat(response.text("code")).isEqualTo("unavailable");
    assertThat(response.header("Retry-After")).isNotNull();
  }

  private static void assertCodeUnavailable(Response response) {
    assertThat(response.text()).contains("\"code\":\"unavailable\"");
  }
}
