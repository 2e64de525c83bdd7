package org.nself.incidents.timeline;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The kinds of event that the system itself writes. Clients may use {@link #NOTE} and words that
 * are none of these.
 */
public enum EventKind {
  OPENED,
  STATUS_CHANGED,
  SEVERITY_CHANGED,
  OWNER_CHANGED,
  EDITED,
  NOTE,
  CORRECTED,
  REDACTED,
  MERGED_FROM,
  RUNBOOK_SUGGESTED,
  RUNBOOK_STARTED,
  RUNBOOK_STEP,
  RUNBOOK_DECISION,
  RUNBOOK_FINISHED;

  /** What a word must look like. */
  public static final Pattern FORM = Pattern.compile("[a-z][a-z0-9_.-]{0,63}");

  /** Kept free for what runbooks will write besides. */
  private static final String RESERVED_PREFIX = "runbook_";

  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  static boolean isWellFormed(String kind) {
    return FORM.matcher(kind).matches();
  }

  static boolean isReserved(String kind) {
    return kind.startsWith(RESERVED_PREFIX)
        || Arrays.stream(values()).anyMatch(known -> known != NOTE && known.value().equals(kind));
  }
}
