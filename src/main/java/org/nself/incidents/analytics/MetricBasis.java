package org.nself.incidents.analytics;

/** Which time counts as the time to resolve an incident. */
public enum MetricBasis {
  /** From the start to the last resolution. */
  WALL("seconds_to_resolve"),
  /** As {@link #WALL}, without the times between a resolution and its reopening. */
  ACTIVE("seconds_active"),
  /** From the start to the first resolution. */
  FIRST("seconds_to_first_resolution");

  private final String column;

  MetricBasis(String column) {
    this.column = column;
  }

  /** The column of np_incident_durations. */
  String column() {
    return column;
  }
}
