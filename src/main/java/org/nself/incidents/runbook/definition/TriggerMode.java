package org.nself.incidents.runbook.definition;

/** What happens when an incident meets a runbook's condition. */
public enum TriggerMode {
  SUGGEST,
  START
}
