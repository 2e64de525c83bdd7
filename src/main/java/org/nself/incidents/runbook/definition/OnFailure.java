package org.nself.incidents.runbook.definition;

/** What a failed step means for the execution. */
public enum OnFailure {
  /** It fails; what has not begun does not begin. */
  STOP,
  /** The steps after it go on. */
  CONTINUE
}
