package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The status an execution gets once its in-flight steps have ended; no further step starts. */
public enum PendingOutcome {
  FAILED,
  CANCELLED;

  ExecutionStatus status() {
    return this == FAILED ? ExecutionStatus.FAILED : ExecutionStatus.CANCELLED;
  }

  /** As written in the database. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static @Nullable PendingOutcome parse(@Nullable String value) {
    return value == null ? null : valueOf(value.toUpperCase(Locale.ROOT));
  }
}
