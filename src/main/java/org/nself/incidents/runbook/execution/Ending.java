package org.nself.incidents.runbook.execution;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an execution comes to once what is in flight has ended; no further step begins. */
enum Ending {
  FAILED,
  CANCELLED;

  ExecutionStatus status() {
    return this == FAILED ? ExecutionStatus.FAILED : ExecutionStatus.CANCELLED;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static @Nullable Ending of(@Nullable String word) {
    return word == null ? null : valueOf(word.toUpperCase(Locale.ROOT));
  }
}
