package org.nself.incidents.runbook.execution;

import java.util.Locale;

/** What a person says to an approval step. */
public enum Verdict {
  APPROVE,
  REJECT;

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Verdict of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }
}
