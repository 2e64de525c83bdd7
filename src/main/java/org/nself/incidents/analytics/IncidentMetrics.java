package org.nself.incidents.analytics;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of a period.
 *
 * @param total over all incidents
 * @param groups by the dimensions that were asked for; empty without any
 */
record IncidentMetrics(MetricsQuery query, MetricSet.Group total, List<MetricSet.Group> groups) {

  /**
   * The incidents that match and are unfinished now.
   *
   * @param oldestOpenedAt since when the oldest has been open: its start, or its last reopening
   */
  record Open(int count, @Nullable Instant oldestOpenedAt) {}
}
