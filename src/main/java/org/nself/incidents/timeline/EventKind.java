package org.nself.incidents.timeline;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The kinds of events that the system writes. Clients may use {@link #NOTE} and any well-formed
 * kind that is not reserved.
 */
public enum EventKind {
  OPENED,
  STATUS_CHANGED,
  SEVERITY_CHANGED,
  OWNER_CHANGED,
  EDITED,
  REPEATED,
  NOTE,
  CORRECTED,
  REDACTED,
  MERGED_FROM,
  MILESTONE_SET,
  RUNBOOK_SUGGESTED,
  RUNBOOK_STARTED,
  RUNBOOK_STEP,
  RUNBOOK_DECISION,
  RUNBOOK_FINISHED;

  /** The form of a kind. */
  public static final Pattern FORM = Pattern.compile("[a-z][a-z0-9_.-]{0,63}");

  /** Also reserves kinds that runbooks may write in later versions. */
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
