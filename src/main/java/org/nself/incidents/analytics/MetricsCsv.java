package org.nself.incidents.analytics;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.Timestamps;

/** Metrics as CSV (RFC 4180) in UTF-8: a line for each number. */
final class MetricsCsv {

  private MetricsCsv() {}

  static byte[] of(IncidentMetrics metrics) {
    MetricsQuery query = metrics.query();
    StringBuilder csv = new StringBuilder();
    List<@Nullable String> header = new ArrayList<>(List.of("start", "end", "scope"));
    for (MetricDimension dimension : query.groupBy()) {
      header.add(
          dimension == MetricDimension.LABEL
              ? "label." + query.labelName()
              : dimension.name().toLowerCase(Locale.ROOT));
    }
    header.addAll(List.of("metric", "count", "mean_seconds", "median_seconds", "p90_seconds"));
    for (ExclusionReason reason : ExclusionReason.ALL) {
      header.add("excluded_" + reason.value());
    }
    header.addAll(List.of("incidents", "reopened"));
    line(csv, header);
    group(csv, query, "total", metrics.total());
    metrics.groups().forEach(group -> group(csv, query, "group", group));
    return csv.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void group(
      StringBuilder csv, MetricsQuery query, String scope, MetricSet.Group group) {
    lines(csv, query, scope, group, group.whole());
    group.buckets().forEach(bucket -> lines(csv, query, scope + "_bucket", group, bucket));
  }

  private static void lines(
      StringBuilder csv, MetricsQuery query, String scope, MetricSet.Group group, MetricSet set) {
    for (Metric metric : Metric.ALL) {
      DurationStatistics statistics = Objects.requireNonNull(set.durations().get(metric));
      List<@Nullable String> values = new ArrayList<>();
      values.add(Timestamps.format(set.scope().start()));
      values.add(Timestamps.format(set.scope().end()));
      values.add(scope);
      for (int i = 0; i < query.groupBy().size(); i++) {
        values.add(group.values().isEmpty() ? null : group.values().get(i));
      }
      values.add(metric.value());
      values.add(String.valueOf(statistics.count()));
      values.add(number(statistics.meanSeconds()));
      values.add(number(statistics.medianSeconds()));
      values.add(number(statistics.p90Seconds()));
      for (ExclusionReason reason : ExclusionReason.ALL) {
        values.add(String.valueOf(statistics.excluded().getOrDefault(reason, 0)));
      }
      values.add(String.valueOf(set.incidentCount()));
      values.add(String.valueOf(set.reopenedCount()));
      line(csv, values);
    }
  }

  static byte[] of(List<HeatmapCell> cells) {
    StringBuilder csv = new StringBuilder();
    line(csv, List.of("weekday", "hour", "count"));
    for (HeatmapCell cell : cells) {
      line(
          csv,
          List.of(
              String.valueOf(cell.weekday()),
              String.valueOf(cell.hour()),
              String.valueOf(cell.count())));
    }
    return csv.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static @Nullable String number(@Nullable Double seconds) {
    return seconds == null ? null : String.format(Locale.ROOT, "%.6f", seconds);
  }

  private static void line(StringBuilder csv, List<? extends @Nullable String> values) {
    for (int i = 0; i < values.size(); i++) {
      csv.append(i == 0 ? "" : ",").append(field(values.get(i)));
    }
    csv.append("\r\n");
  }

  /**
   * A spreadsheet evaluates a text that begins like a formula, so such a text gets an apostrophe
   * before it. Numbers never are negative durations of text, so a minus before a digit stays.
   */
  private static String field(@Nullable String value) {
    if (value == null) {
      return "";
    }
    String safe = value.matches("(?s)[=+@\\t\\r].*|-(?![0-9]).*") ? "'" + value : value;
    return safe.matches("(?s).*[\",\\r\\n].*") ? '"' + safe.replace("\"", "\"\"") + '"' : safe;
  }
}
