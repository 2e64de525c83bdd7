package org.nself.incidents.analytics;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A metric over some incidents.
 *
 * @param count how many durations it is made of
 * @param meanSeconds null where the count is 0, as are the others
 * @param p90Seconds nine of ten are at most this long; between two of them it is interpolated
 * @param excluded how many incidents ended in the period and are not counted, by reason
 */
record DurationStatistics(
    int count,
    @Nullable Double meanSeconds,
    @Nullable Double medianSeconds,
    @Nullable Double p90Seconds,
    Map<ExclusionReason, Integer> excluded) {}
