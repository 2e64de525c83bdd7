package org.nself.incidents.runbook.execution.engine;

import java.util.Locale;

/** What a person says to an approval step. */
public enum ApprovalDecision {
  APPROVE,
  REJECT;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static ApprovalDecision of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
