package org.nself.incidents.runbook.definition;

/** A role whose members can approve a step. */
public enum ApproverRole {
  USER,
  RESPONDER,
  /** Includes the role service. */
  ADMIN
}
