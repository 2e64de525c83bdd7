package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.PostgresServer;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** A database is dumped and restored into another cluster, with its unfinished executions. */
class RestoredCopyTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  /** Several times as long as a worker takes to find a task. */
  private static final Duration LONG = Duration.ofSeconds(2);

  @Test
  void aCopyStartsNoStepUntilItIsToldTo(@TempDir Path directory) {
    PostgresServer.need();
    try (PostgresServer production = PostgresServer.start(directory.resolve("production"));
        PostgresServer other = PostgresServer.start(directory.resolve("other"))) {
      String path;
      try (Service service =
          Service.start(production.createDatabase("incidents"), Map.of("RUNBOOK_WORKERS", "0"))) {
        Api api = service.as("primary", "admin");
        assertThat(code(api)).isEqualTo("off");
        String runbook =
            api.post(
                    "/api/v1/runbooks",
                    "{\"name\":\"Note\",\"steps\":[{\"title\":\"Write\",\"kind\":\"note\",\"note\":{\"message\":\"Done\"}}]}")
                .expect(201)
                .text("id");
        path =
            "/api/v1/runbook-executions/"
                + api.post("/api/v1/runbooks/" + runbook + "/executions", "{}")
                    .expect(201)
                    .text("id");
        isNotStarted(api, path);
      }
      // A policy names the role. Grants are left out, as many a backup does.
      other.execute("postgres", "create role nself_incident_mgmt nologin");
      String copy = production.copyTo(other, "incidents", directory.resolve("dump"), "-x");
      try (Service service = Service.start(copy, Map.of())) {
        Api api = service.as("primary", "admin");
        assertThat(code(api)).isEqualTo("copy");
        api.open("In the copy");
        isNotStarted(api, path);
      }
      try (Service service = Service.start(copy, Map.of("RESUME_WORK", "true"))) {
        Api api = service.as("primary", "admin");
        assertThat(code(api)).isEqualTo("ok");
        Eventually.until(
            SOON, "the execution to end", () -> api.get(path).text("status").equals("succeeded"));
      }
      try (Service service = Service.start(copy, Map.of())) {
        assertThat(code(service.as("primary", "admin"))).isEqualTo("ok");
      }
    }
  }

  private static void isNotStarted(Api api, String path) {
    long start = System.nanoTime();
    Eventually.until(SOON, "workers", () -> System.nanoTime() - start > LONG.toNanos());
    assertThat(api.get(path).expect(200).text("steps/0/status")).isEqualTo("pending");
  }

  private static String code(Api api) {
    for (JsonNode check : api.get("/ready").expect(200).at("checks")) {
      if (check.get("name").asString().equals("runbooks")) {
        return check.get("code").asString();
      }
    }
    throw new AssertionError("There is no check of runbooks");
  }
}
