package org.nself.incidents.analytics;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Metrics as REST writes them. */
record MetricsView(
    Instant from,
    Instant to,
    String timeZone,
    MetricBucket bucket,
    MetricBasis basis,
    AcknowledgedFrom ackFrom,
    int openCount,
    @Nullable Instant oldestOpenedAt,
    Group total,
    List<Group> groups) {

  static MetricsView of(IncidentMetrics metrics, IncidentMetrics.Open open) {
    MetricsQuery query = metrics.query();
    return new MetricsView(
        query.from(),
        query.to(),
        query.zone().getId(),
        query.bucket(),
        query.basis(),
        query.acknowledgedFrom(),
        open.count(),
        open.oldestOpenedAt(),
        Group.of(metrics.total()),
        metrics.groups().stream().map(Group::of).toList());
  }

  /**
   * The value of a dimension in a group.
   *
   * @param label the name of the label where the dimension is one; null otherwise
   * @param value null for the incidents without one
   */
  record Dimension(MetricDimension dimension, @Nullable String label, @Nullable String value) {

    static List<Dimension> of(MetricSet.Group group) {
      MetricsQuery query = group.whole().scope().query();
      List<Dimension> dimensions = new ArrayList<>();
      for (int i = 0; i < group.values().size(); i++) {
        MetricDimension dimension = query.groupBy().get(i);
        dimensions.add(
            new Dimension(
                dimension,
                dimension == MetricDimension.LABEL ? query.labelName() : null,
                group.values().get(i)));
      }
      return dimensions;
    }
  }

  record Exclusion(ExclusionReason reason, int count) {

    static List<Exclusion> of(DurationStatistics statistics) {
      List<Exclusion> exclusions = new ArrayList<>();
      statistics
          .excluded()
          .forEach((reason, count) -> exclusions.add(new Exclusion(reason, count)));
      return exclusions;
    }
  }

  record Duration(
      int count,
      @Nullable Double meanSeconds,
      @Nullable Double medianSeconds,
      @Nullable Double p90Seconds,
      List<Exclusion> excluded) {

    static Duration of(MetricSet set, Metric metric) {
      DurationStatistics statistics = Objects.requireNonNull(set.durations().get(metric));
      return new Duration(
          statistics.count(),
          statistics.meanSeconds(),
          statistics.medianSeconds(),
          statistics.p90Seconds(),
          Exclusion.of(statistics));
    }
  }

  record ReopenRate(int count, @Nullable Double rate) {

    static ReopenRate of(MetricSet set) {
      return new ReopenRate(set.reopenedCount(), set.reopenRate());
    }
  }

  record Group(
      List<Dimension> dimensions,
      int incidentCount,
      Duration timeToDetect,
      Duration timeToAcknowledge,
      Duration timeToMitigate,
      Duration timeToResolve,
      Duration timeBetweenFailures,
      ReopenRate reopenRate,
      List<Bucket> buckets) {

    static Group of(MetricSet.Group group) {
      MetricSet set = group.whole();
      return new Group(
          Dimension.of(group),
          set.incidentCount(),
          Duration.of(set, Metric.TIME_TO_DETECT),
          Duration.of(set, Metric.TIME_TO_ACKNOWLEDGE),
          Duration.of(set, Metric.TIME_TO_MITIGATE),
          Duration.of(set, Metric.TIME_TO_RESOLVE),
          Duration.of(set, Metric.TIME_BETWEEN_FAILURES),
          ReopenRate.of(set),
          group.buckets().stream().map(Bucket::of).toList());
    }
  }

  record Bucket(
      Instant start,
      Instant end,
      int incidentCount,
      Duration timeToDetect,
      Duration timeToAcknowledge,
      Duration timeToMitigate,
      Duration timeToResolve,
      Duration timeBetweenFailures,
      ReopenRate reopenRate) {

    static Bucket of(MetricSet set) {
      return new Bucket(
          set.scope().start(),
          set.scope().end(),
          set.incidentCount(),
          Duration.of(set, Metric.TIME_TO_DETECT),
          Duration.of(set, Metric.TIME_TO_ACKNOWLEDGE),
          Duration.of(set, Metric.TIME_TO_MITIGATE),
          Duration.of(set, Metric.TIME_TO_RESOLVE),
          Duration.of(set, Metric.TIME_BETWEEN_FAILURES),
          ReopenRate.of(set));
    }
  }
}
