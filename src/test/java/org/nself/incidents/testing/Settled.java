package org.nself.incidents.testing;

import java.time.Duration;

/**
 * An execution that waits or has failed, for tests of permissions on its commands.
 *
 * @param runbook its runbook
 */
public record Settled(String runbook, String execution) {

  /** The step that waits for completion, or has failed. */
  public static final String HAND = "hand";

  /** The step that waits for decisions. */
  public static final String APPROVAL = "ask";

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Waits for a manual step and an approval. */
  public static Settled waiting(Api api) {
    return of(
        api,
        """
        [{"key": "hand", "title": "Hand", "kind": "manual", "after": []},
         {"key": "ask", "title": "Ask", "kind": "approval", "after": []}]\
        """,
        "waiting");
  }

  /** Failed, because it has no incident to change. */
  public static Settled failed(Api api) {
    return of(
        api,
        """
        [{"key": "hand", "title": "Hand", "kind": "incident", "incident": {"severity": "high"}}]\
        """,
        "failed");
  }

  private static Settled of(Api api, String steps, String status) {
    String runbook =
        api.post("/api/v1/runbooks", "{\"name\": \"Settled\", \"steps\": " + steps + "}")
            .expect(201)
            .text("id");
    String execution =
        api.post("/api/v1/runbooks/" + runbook + "/executions", "{}").expect(201).text("id");
    Eventually.until(
        PATIENCE,
        "the execution to be " + status,
        () -> api.get("/api/v1/runbook-executions/" + execution).text("status").equals(status));
    return new Settled(runbook, execution);
  }
}
