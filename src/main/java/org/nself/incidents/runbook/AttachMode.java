package org.nself.incidents.runbook;

/** What happens when an incident meets a runbook's condition. */
public enum AttachMode {
  SUGGEST,
  START
}
