package org.nself.incidents.analytics;

import java.util.List;
import java.util.Locale;

/** A duration that is averaged over incidents. */
public enum Metric {
  TIME_TO_DETECT,
  TIME_TO_ACKNOWLEDGE,
  TIME_TO_MITIGATE,
  TIME_TO_RESOLVE,
  /** From the end of an incident to the start of the next one of its group. */
  TIME_BETWEEN_FAILURES;

  static final List<Metric> ALL = List.of(values());

  /** The value in REST. */
  String value() {
    return name().toLowerCase(Locale.ROOT);
  }
}
