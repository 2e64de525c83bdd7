package org.nself.incidents.runbook.definition;

/** Whose decision counts, by role. */
public enum ApproverRole {
  USER,
  RESPONDER,
  /** The role service too. */
  ADMIN
}
