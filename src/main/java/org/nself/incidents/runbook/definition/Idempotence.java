package org.nself.incidents.runbook.definition;

/** Whether doing a step twice is harmless. */
public enum Idempotence {
  /** A step that may have been half done is attempted again. */
  IDEMPOTENT,
  /** A step that may have been half done waits for a person to decide. */
  UNSAFE
}
