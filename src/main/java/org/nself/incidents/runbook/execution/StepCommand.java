package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.Json;
import org.nself.incidents.api.JsonText;

/** What a person says to a step of an execution. */
public sealed interface StepCommand {

  int MAX_NOTE = 2_000;

  UUID execution();

  String step();

  /** It is done. */
  record Complete(UUID execution, String step, @Nullable String note, @Nullable Json output)
      implements StepCommand {

    static Complete read(Input input, UUID execution, String step, JsonText json) {
      return new Complete(
          execution, step, input.text("note", MAX_NOTE), input.json("output", json));
    }
  }

  /** It is not to be done, and what comes after it is. */
  record Skip(UUID execution, String step, @Nullable String note) implements StepCommand {

    static Skip read(Input input, UUID execution, String step) {
      return new Skip(execution, step, input.text("note", MAX_NOTE));
    }
  }

  /** It is to be done again. */
  record Retry(UUID execution, String step, @Nullable String note) implements StepCommand {

    static Retry read(Input input, UUID execution, String step) {
      return new Retry(execution, step, input.text("note", MAX_NOTE));
    }
  }

  /** It may go on, or may not. */
  record Decide(UUID execution, String step, Verdict verdict, @Nullable String reason)
      implements StepCommand {

    static Decide read(Input input, UUID execution, String step) {
      if (!input.has("verdict")) {
        input.reject("verdict", "is required");
      }
      @Nullable Verdict verdict = input.choice("verdict", Verdict.class);
      return new Decide(
          execution,
          step,
          verdict == null ? Verdict.REJECT : verdict,
          input.text("reason", MAX_NOTE));
    }
  }

  /** The step that a GraphQL input names. */
  static String step(Input input) {
    return input.requiredText("step", 63);
  }
}
