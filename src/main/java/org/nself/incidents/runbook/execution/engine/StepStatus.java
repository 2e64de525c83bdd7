package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** How far a step of an execution is. */
public enum StepStatus {
  PENDING,
  RUNNING,
  /** For a person, a time, the incident, another execution or the next attempt. */
  WAITING,
  SUCCEEDED,
  FAILED,
  /** Its condition was false, or a person skipped it. */
  SKIPPED,
  TIMED_OUT,
  /** It never began, or was waiting, when the execution came to its end. */
  CANCELLED,
  /** It may have been done, and doing it twice may do harm: a person decides. */
  UNCERTAIN;

  boolean isFinished() {
    return this != PENDING && this != RUNNING && this != WAITING && this != UNCERTAIN;
  }

  boolean isFailure() {
    return this == FAILED || this == TIMED_OUT;
  }

  /** As it stands in the database and in REST. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static StepStatus of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
