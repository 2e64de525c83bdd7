package org.nself.incidents.analytics;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;

/** The length of the intervals that a period is divided into, by the calendar of a time zone. */
public enum MetricBucket {
  DAY,
  /** From Monday, as in ISO 8601. */
  WEEK,
  MONTH;

  /**
   * The starts of all intervals that have a part in a period. The first one may start before it.
   * Where a clock change skips midnight, a day starts with its first moment.
   *
   * @param limit at most so many, and one more where there would be more
   */
  List<Instant> starts(Instant from, Instant to, ZoneId zone, int limit) {
    List<Instant> starts = new ArrayList<>();
    LocalDate day = first(from.atZone(zone).toLocalDate());
    Instant start = day.atStartOfDay(zone).toInstant();
    while (start.isBefore(to) && starts.size() <= limit) {
      starts.add(start);
      day = next(day);
      start = day.atStartOfDay(zone).toInstant();
    }
    return starts;
  }

  private LocalDate first(LocalDate day) {
    return switch (this) {
      case DAY -> day;
      case WEEK -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case MONTH -> day.withDayOfMonth(1);
    };
  }

  private LocalDate next(LocalDate day) {
    return switch (this) {
      case DAY -> day.plusDays(1);
      case WEEK -> day.plusWeeks(1);
      case MONTH -> day.plusMonths(1);
    };
  }
}
