package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** The status of an execution. */
public enum ExecutionStatus {
  RUNNING,
  /** No step runs; at least one waits for a person, a time, the incident or another execution. */
  WAITING,
  SUCCEEDED,
  FAILED,
  CANCELLED;

  public boolean isFinished() {
    return this != RUNNING && this != WAITING;
  }

  /** Whether it can never resume; a failed execution can, by a retry. */
  public boolean isFinal() {
    return this == SUCCEEDED || this == CANCELLED;
  }

  /** As written in the database, in REST and in metrics. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static ExecutionStatus parse(String value) {
    return valueOf(value.toUpperCase(Locale.ROOT));
  }

  /** To follow a subject in a message. */
  public String asPredicate() {
    return switch (this) {
      case SUCCEEDED -> "has succeeded";
      case FAILED -> "has failed";
      case CANCELLED -> "was cancelled";
      case RUNNING -> "is running";
      case WAITING -> "is waiting";
    };
  }
}
