package org.nself.incidents.runbook.execution.engine;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;

/** A person's command to a step of an execution. */
public sealed interface StepCommand {

  int MAX_NOTE = 2_000;

  UUID execution();

  String step();

  /** The step is done. */
  record Complete(UUID execution, String step, @Nullable String note, @Nullable RawJson output)
      implements StepCommand {

    public static Complete read(InputReader input, UUID execution, String step, StrictJson json) {
      return new Complete(
          execution, step, input.string("note", MAX_NOTE), input.json("output", json));
    }
  }

  /** The step is not done; the steps that depend on it can start. */
  record Skip(UUID execution, String step, @Nullable String note) implements StepCommand {

    public static Skip read(InputReader input, UUID execution, String step) {
      return new Skip(execution, step, input.string("note", MAX_NOTE));
    }
  }

  /** Repeats the step. */
  record Retry(UUID execution, String step, @Nullable String note) implements StepCommand {

    public static Retry read(InputReader input, UUID execution, String step) {
      return new Retry(execution, step, input.string("note", MAX_NOTE));
    }
  }

  /** Approves or rejects. */
  record Decide(UUID execution, String step, ApprovalDecision verdict, @Nullable String reason)
      implements StepCommand {

    public static Decide read(InputReader input, UUID execution, String step) {
      if (!input.has("verdict")) {
        input.reject("verdict", "is required");
      }
      @Nullable ApprovalDecision verdict = input.enumValue("verdict", ApprovalDecision.class);
      return new Decide(
          execution,
          step,
          verdict == null ? ApprovalDecision.REJECT : verdict,
          input.string("reason", MAX_NOTE));
    }
  }

  /** The step's key in a GraphQL input. */
  static String step(InputReader input) {
    return input.requiredString("step", 63);
  }
}
