package org.nself.incidents.runbook.definition;

/** The consequence of a failed step for the execution. */
public enum OnFailure {
  /** The execution fails; steps that have not started are not started. */
  STOP,
  /** The steps that depend on it are executed. */
  CONTINUE
}
