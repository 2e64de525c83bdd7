package org.nself.incidents.runbook.definition;

/** What a step does. */
public enum StepKind {
  MANUAL,
  APPROVAL,
  HTTP,
  WAIT,
  INCIDENT,
  NOTE,
  RUNBOOK
}
