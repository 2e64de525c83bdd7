package org.nself.incidents.analytics;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which incidents a number is about: those of a query that ended within a time and have these
 * values in the first dimensions of the query.
 *
 * @param start inclusive; not before the start of the period
 * @param end exclusive; not after its end
 * @param values one for each dimension, null for incidents without one; empty for all incidents
 */
record MetricScope(MetricsQuery query, Instant start, Instant end, List<@Nullable String> values) {}
