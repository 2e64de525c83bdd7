package org.nself.incidents.analytics;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which of the incidents of a scope a number counts. */
enum CountedSelection {
  /** Those that are not left out. */
  ALL,
  REOPENED,
  TIME_TO_DETECT,
  TIME_TO_ACKNOWLEDGE,
  TIME_TO_MITIGATE,
  /** Those with a time to resolve; the times between failures are between them. */
  TIME_TO_RESOLVE;

  static final List<CountedSelection> VALUES = List.of(values());

  static CountedSelection of(Metric metric) {
    return switch (metric) {
      case TIME_TO_DETECT -> TIME_TO_DETECT;
      case TIME_TO_ACKNOWLEDGE -> TIME_TO_ACKNOWLEDGE;
      case TIME_TO_MITIGATE -> TIME_TO_MITIGATE;
      case TIME_TO_RESOLVE, TIME_BETWEEN_FAILURES -> TIME_TO_RESOLVE;
    };
  }

  /** The selection of this name, in any case; null if unknown. */
  static @Nullable CountedSelection parse(String value) {
    for (CountedSelection selection : VALUES) {
      if (selection.value().equals(value.toLowerCase(Locale.ROOT))) {
        return selection;
      }
    }
    return null;
  }

  /** The value in REST. */
  String value() {
    return name().toLowerCase(Locale.ROOT);
  }
}
