package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.execution.engine.StepCommand;
import org.nself.incidents.web.input.InputReader;

/** The command to cancel an execution. */
public record CancelExecution(UUID execution, @Nullable String reason) {

  static CancelExecution read(InputReader input, UUID execution) {
    return new CancelExecution(execution, input.string("reason", StepCommand.MAX_NOTE));
  }
}
