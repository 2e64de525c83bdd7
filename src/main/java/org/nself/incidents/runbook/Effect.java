package org.nself.incidents.runbook;

/** Whether doing a step twice is harmless. */
public enum Effect {
  /** A step that may have been half done is attempted again. */
  IDEMPOTENT,
  /** A step that may have been half done waits for a person to decide. */
  UNSAFE
}
