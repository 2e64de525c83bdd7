package org.nself.incidents.analytics;

/** From which milestone the time to acknowledge is counted. */
public enum AcknowledgedFrom {
  DECLARED("seconds_to_acknowledge"),
  STARTED("seconds_to_acknowledge_from_start");

  private final String column;

  AcknowledgedFrom(String column) {
    this.column = column;
  }

  /** The column of np_incident_durations. */
  String column() {
    return column;
  }
}
