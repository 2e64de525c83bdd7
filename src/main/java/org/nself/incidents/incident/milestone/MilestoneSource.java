package org.nself.incidents.incident.milestone;

import java.util.Locale;

/** How a milestone is known. */
public enum MilestoneSource {
  /** Derived from another milestone. */
  SYSTEM,
  /** Somebody did it, or said when it was. */
  PERSON,
  /** Monitoring noticed it. */
  ALERT;

  /** The source of this value in the database. */
  static MilestoneSource of(String value) {
    return valueOf(value.toUpperCase(Locale.ROOT));
  }
}
