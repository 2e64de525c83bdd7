package org.nself.incidents.runbook.definition;

/** What happens when an incident meets the condition of a trigger. */
public enum TriggerMode {
  SUGGEST,
  START
}
