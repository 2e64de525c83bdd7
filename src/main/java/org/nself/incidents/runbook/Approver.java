package org.nself.incidents.runbook;

/** Whose decision counts, by role. */
public enum Approver {
  USER,
  RESPONDER,
  /** The role service too. */
  ADMIN
}
