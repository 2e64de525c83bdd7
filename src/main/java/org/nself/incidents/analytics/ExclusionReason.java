package org.nself.incidents.analytics;

import java.util.List;
import java.util.Locale;

/** Why an incident that ended in the period is not in a metric. The first one that fits counts. */
public enum ExclusionReason {
  MERGED,
  CANCELLED,
  DRILL,
  INFO,
  /** A milestone that the metric needs is missing. */
  UNKNOWN;

  static final List<ExclusionReason> ALL = List.of(values());

  /** The value in the database and in REST. */
  String value() {
    return name().toLowerCase(Locale.ROOT);
  }
}
