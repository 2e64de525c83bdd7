package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** The result of an attempt at a step. */
public enum AttemptOutcome {
  RUNNING,
  SUCCEEDED,
  FAILED,
  /** No response in time; the request may have had its effect. */
  TIMED_OUT,
  /** The request certainly had no effect. */
  NOT_SENT,
  /** The connection was lost; the request may have had its effect. */
  UNKNOWN,
  /** The worker died; the request may have had its effect. */
  INTERRUPTED;

  /** As written in the database and in metrics. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static AttemptOutcome parse(String value) {
    return valueOf(value.toUpperCase(Locale.ROOT));
  }
}
