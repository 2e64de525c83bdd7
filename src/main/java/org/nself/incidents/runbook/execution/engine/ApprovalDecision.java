package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** What a person decides at an approval step. */
public enum ApprovalDecision {
  APPROVE,
  REJECT;

  /** As written in the database. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static ApprovalDecision parse(String value) {
    return valueOf(value.toUpperCase(Locale.ROOT));
  }
}
