package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** What came of an attempt at a step. */
public enum AttemptOutcome {
  RUNNING,
  SUCCEEDED,
  FAILED,
  /** It may have had its effect, and the time was up. */
  TIMED_OUT,
  /** It certainly had no effect. */
  NOT_SENT,
  /** It may have had its effect; the connection broke. */
  UNKNOWN,
  /** It may have had its effect; its process ended. */
  INTERRUPTED;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static AttemptOutcome of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
