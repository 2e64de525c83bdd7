package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an execution comes to once what is in flight has ended; no further step begins. */
public enum PendingOutcome {
  FAILED,
  CANCELLED;

  ExecutionStatus status() {
    return this == FAILED ? ExecutionStatus.FAILED : ExecutionStatus.CANCELLED;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static @Nullable public PendingOutcome of(@Nullable String word) {
    return word == null ? null : valueOf(word.toUpperCase(Locale.ROOT));
  }
}
