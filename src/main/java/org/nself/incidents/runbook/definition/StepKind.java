package org.nself.incidents.runbook.definition;

/** The kind of a step. */
public enum StepKind {
  MANUAL,
  APPROVAL,
  HTTP,
  WAIT,
  INCIDENT,
  NOTE,
  RUNBOOK
}
