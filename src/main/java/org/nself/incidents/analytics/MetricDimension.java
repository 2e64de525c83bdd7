package org.nself.incidents.analytics;

/** By what metrics are grouped. */
public enum MetricDimension {
  SEVERITY,
  /** An incident counts for each of its services. */
  SERVICE,
  OWNER,
  STATUS,
  /** The value of one label. */
  LABEL
}
