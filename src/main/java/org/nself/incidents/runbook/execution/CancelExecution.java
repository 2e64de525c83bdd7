package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Input;

/** Which execution to cancel, and why. */
public record CancelExecution(UUID execution, @Nullable String reason) {

  static CancelExecution read(Input input, UUID execution) {
    return new CancelExecution(execution, input.text("reason", StepCommand.MAX_NOTE));
  }
}
