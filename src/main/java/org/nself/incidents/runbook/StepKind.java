package org.nself.incidents.runbook;

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
