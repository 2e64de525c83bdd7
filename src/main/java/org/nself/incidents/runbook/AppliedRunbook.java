package org.nself.incidents.runbook;

/**
 * A runbook as it is after a definition was applied.
 *
 * @param result what that did
 */
public record AppliedRunbook(Outcome result, Runbook runbook) {

  /** What applying a definition did. */
  public enum Outcome {
    CREATED,
    UPDATED,
    UNCHANGED
  }
}
