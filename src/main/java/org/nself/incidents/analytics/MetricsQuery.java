package org.nself.incidents.analytics;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.IncidentFilter;
import org.nself.incidents.web.input.InputReader;

/**
 * What metrics are asked for.
 *
 * @param from the start of the period in which incidents ended, inclusive
 * @param to its end, exclusive
 * @param groupBy at most three dimensions, each once
 * @param labelName the label of the dimension {@link MetricDimension#LABEL}; null without it
 */
public record MetricsQuery(
    IncidentFilter filter,
    Instant from,
    Instant to,
    List<MetricDimension> groupBy,
    @Nullable String labelName,
    MetricBucket bucket,
    ZoneId zone,
    MetricBasis basis,
    AcknowledgedFrom acknowledgedFrom) {

  /** The dimensions in which an incident can have no value: service, owner and label. */
  private static final int MAX_WITHOUT = 3;

  /** As many days as in a leap year, so that a year has a bucket for each. */
  static final int MAX_BUCKETS = 366;

  private static final int MAX_DIMENSIONS = 3;
  private static final Duration MAX_PERIOD = Duration.ofDays(3_660);

  /**
   * Reads everything but the filter.
   *
   * @param input the arguments of a GraphQL field, or the query parameters of REST
   */
  static MetricsQuery read(InputReader input, IncidentFilter filter) {
    Period period = Period.read(input);
    @Nullable List<MetricDimension> groupBy = input.enumValues("groupBy", MetricDimension.class);
    List<MetricDimension> dimensions = groupBy == null ? List.of() : groupBy;
    if (dimensions.size() > MAX_DIMENSIONS) {
      input.reject("groupBy", "must have at most %d items".formatted(MAX_DIMENSIONS));
    } else if (dimensions.stream().distinct().count() < dimensions.size()) {
      input.reject("groupBy", "must have each dimension once");
    }
    @Nullable String labelName = labelName(input, dimensions);
    @Nullable MetricBucket bucket = input.enumValue("bucket", MetricBucket.class);
    @Nullable MetricBasis basis = input.enumValue("basis", MetricBasis.class);
    @Nullable AcknowledgedFrom ackFrom = input.enumValue("ackFrom", AcknowledgedFrom.class);
    MetricsQuery query =
        new MetricsQuery(
            filter,
            period.from(),
            period.to(),
            dimensions,
            labelName,
            Objects.requireNonNullElse(bucket, MetricBucket.MONTH),
            period.zone(),
            Objects.requireNonNullElse(basis, MetricBasis.WALL),
            Objects.requireNonNullElse(ackFrom, AcknowledgedFrom.DECLARED));
    if (input.errors().isEmpty() && query.bucketStarts().size() > MAX_BUCKETS) {
      input.reject(
          "bucket",
          "must divide the period into at most %d; choose a longer one".formatted(MAX_BUCKETS));
    }
    return query;
  }

  private static @Nullable String labelName(
      InputReader input, Collection<MetricDimension> dimensions) {
    @Nullable String name = input.string("labelName", InputReader.MAX_LABEL_NAME);
    if (dimensions.contains(MetricDimension.LABEL) != input.has("labelName")) {
      input.reject("labelName", "is required with the dimension LABEL, and only allowed with it");
    }
    return name;
  }

  /**
   * As {@link #read}, for one number over the whole period, without buckets. Its dimensions are
   * those in which the incidents must have no value; a filter says the values of the others.
   */
  static MetricsQuery readCounted(InputReader input, IncidentFilter filter) {
    Period period = Period.read(input);
    @Nullable List<MetricDimension> without = input.enumValues("without", MetricDimension.class);
    Set<MetricDimension> dimensions =
        without == null ? Set.of() : Collections.unmodifiableSet(new LinkedHashSet<>(without));
    if (dimensions.contains(MetricDimension.SEVERITY)
        || dimensions.contains(MetricDimension.STATUS)) {
      input.reject(
          "without", "must be service, owner or label: each incident has a severity and a status");
    } else if (without != null && without.size() > MAX_WITHOUT) {
      input.reject("without", "must have at most %d items".formatted(MAX_WITHOUT));
    }
    @Nullable MetricBasis basis = input.enumValue("basis", MetricBasis.class);
    @Nullable AcknowledgedFrom ackFrom = input.enumValue("ackFrom", AcknowledgedFrom.class);
    return new MetricsQuery(
        filter,
        period.from(),
        period.to(),
        List.copyOf(dimensions),
        labelName(input, dimensions),
        MetricBucket.MONTH,
        period.zone(),
        Objects.requireNonNullElse(basis, MetricBasis.WALL),
        Objects.requireNonNullElse(ackFrom, AcknowledgedFrom.DECLARED));
  }

  /** The starts of the buckets, at least one. */
  List<Instant> bucketStarts() {
    return bucket.starts(from, to, zone, MAX_BUCKETS);
  }

  /** A period and the time zone of its calendar. */
  record Period(Instant from, Instant to, ZoneId zone) {

    static Period read(InputReader input) {
      for (String field : List.of("from", "to")) {
        if (!input.has(field)) {
          input.reject(field, "is required");
        }
      }
      @Nullable Instant from = input.instant("from");
      @Nullable Instant to = input.instant("to");
      if (from != null && to != null) {
        if (!from.isBefore(to)) {
          input.reject("to", "must be after from");
        } else if (Duration.between(from, to).compareTo(MAX_PERIOD) > 0) {
          input.reject("to", "must be at most ten years after from");
        }
      }
      @Nullable String name = input.string("timeZone", 64);
      ZoneId zone = ZoneId.of("UTC");
      if (name != null) {
        if (ZoneId.getAvailableZoneIds().contains(name)) {
          zone = ZoneId.of(name);
        } else {
          input.reject("timeZone", "must be the name of a time zone, such as Europe/Berlin");
        }
      }
      return new Period(
          Objects.requireNonNullElse(from, Instant.EPOCH),
          Objects.requireNonNullElse(to, Instant.EPOCH.plusSeconds(1)),
          zone);
    }
  }
}
