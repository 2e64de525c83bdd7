package org.nself.incidents.runbook.execution;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import tools.jackson.databind.JsonNode;

/**
 * Creates and starts runbooks and waits for their executions, as a client. JSON in single quotes.
 */
record RunbookDriver(Api api) {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  /** Creates a runbook with these steps. */
  String runbook(String steps) {
    return runbookWith("'steps':" + steps);
  }

  /** Creates a runbook with these members. */
  String runbookWith(String members) {
    return api.post("/api/v1/runbooks", json("{'name':'Play'," + members + "}"))
        .expect(201)
        .text("id");
  }

  static String json(String text) {
    return text.replace('\'', '"');
  }

  String start(String runbook, String body) {
    return api.post("/api/v1/runbooks/" + runbook + "/executions", json(body))
        .expect(201)
        .text("id");
  }

  String start(String runbook) {
    return start(runbook, "{}");
  }

  JsonNode get(String execution) {
    return api.get("/api/v1/runbook-executions/" + execution).expect(200).body();
  }

  /** The execution, once it has one of these statuses. */
  JsonNode await(String execution, String... statuses) {
    Set<String> wanted = Set.of(statuses);
    AtomicReference<JsonNode> last = new AtomicReference<>(get(execution));
    try {
      Eventually.until(
          TIMEOUT,
          "the execution to be " + wanted,
          () -> {
            last.set(get(execution));
            return wanted.contains(last.get().get("status").asString());
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; it is " + last.get(), e);
    }
    return last.get();
  }

  /** The execution, once the step has this status. */
  JsonNode awaitStep(String execution, String key, String status) {
    AtomicReference<JsonNode> last = new AtomicReference<>(get(execution));
    try {
      Eventually.until(
          TIMEOUT,
          "the step " + key + " to be " + status,
          () -> {
            last.set(get(execution));
            return status(last.get(), key).equals(status);
          });
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + "; it is " + last.get(), e);
    }
    return last.get();
  }

  static JsonNode step(JsonNode execution, String key) {
    for (JsonNode step : execution.get("steps")) {
      if (step.get("key").asString().equals(key)) {
        return step;
      }
    }
    throw new AssertionError("No step " + key + " in " + execution);
  }

  static String status(JsonNode execution, String key) {
    return step(execution, key).get("status").asString();
  }

  Api.Response command(String execution, String step, String what, String body) {
    return api.post(
        "/api/v1/runbook-executions/" + execution + "/steps/" + step + "/" + what, json(body));
  }

  Api.Response cancel(String execution) {
    return api.post("/api/v1/runbook-executions/" + execution + "/cancel", "{}");
  }

  JsonNode timeline(String incident) {
    return api.get("/api/v1/incidents/" + incident + "/timeline?limit=200")
        .expect(200)
        .at("timeline");
  }
}
