package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** The status of a step of an execution. */
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
  /** It had not started, or was waiting, when the execution ended. */
  CANCELLED,
  /** It may have had its effect, and repeating it may do harm: a person decides. */
  UNCERTAIN;

  boolean isFinished() {
    return this != PENDING && this != RUNNING && this != WAITING && this != UNCERTAIN;
  }

  boolean isFailure() {
    return this == FAILED || this == TIMED_OUT;
  }

  /** As written in the database and in REST. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static StepStatus parse(String value) {
    return valueOf(value.toUpperCase(Locale.ROOT));
  }
}
