package org.nself.incidents.runbook.definition;

/** Whether a step can be executed twice without harm; {@code effect} in the API. */
public enum Idempotence {
  /** After an attempt with an unknown outcome, the step is attempted again. */
  IDEMPOTENT,
  /** After an attempt with an unknown outcome, the step waits for the decision of a person. */
  UNSAFE
}
