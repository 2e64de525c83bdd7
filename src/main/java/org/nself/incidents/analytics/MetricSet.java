package org.nself.incidents.analytics;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All metrics over the same incidents.
 *
 * @param incidentCount how many incidents ended there and are not left out
 * @param reopenedCount how many of them were reopened at least once
 */
record MetricSet(
    MetricScope scope,
    int incidentCount,
    int reopenedCount,
    Map<Metric, DurationStatistics> durations) {

  /** The part of the incidents that were reopened, 0 to 1; null where there are none. */
  @Nullable Double reopenRate() {
    return incidentCount == 0 ? null : (double) reopenedCount / incidentCount;
  }

  /** A group, as a whole and by bucket. */
  record Group(List<@Nullable String> values, MetricSet whole, List<MetricSet> buckets) {}
}
