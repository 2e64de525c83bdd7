package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** How far an execution is. */
public enum ExecutionStatus {
  RUNNING,
  /** Nothing runs, and something waits: for a person, a time, the incident or another execution. */
  WAITING,
  SUCCEEDED,
  FAILED,
  CANCELLED;

  public boolean isFinished() {
    return this != RUNNING && this != WAITING;
  }

  /** Whether nobody can bring it back any more; what failed can be retried. */
  public boolean isFinal() {
    return this == SUCCEEDED || this == CANCELLED;
  }

  /** As it stands in the database and in REST. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static ExecutionStatus of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
