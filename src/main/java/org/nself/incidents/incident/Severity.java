package org.nself.incidents.incident;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The severity of an incident, worst first. */
public enum Severity {
  CRITICAL,
  HIGH,
  MEDIUM,
  LOW,
  INFO;

  static final List<Severity> ALL = List.of(values());

  private final String value = name().toLowerCase(Locale.ROOT);

  /** The severity of this name or alias, in any case; null if unknown. */
  public static @Nullable Severity parse(String value) {
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "critical", "sev1", "p0", "p1" -> CRITICAL;
      case "high", "sev2", "p2", "major", "error" -> HIGH;
      case "medium", "sev3", "p3", "warning" -> MEDIUM;
      case "low", "sev4", "p4", "minor" -> LOW;
      case "info", "sev5", "p5" -> INFO;
      default -> null;
    };
  }

  /** The value in the database and in REST. */
  public String value() {
    return value;
  }

  /** Sort key from 5 for critical to 1 for info, as the column severity_rank computes it. */
  int rank() {
    return switch (this) {
      case CRITICAL -> 5;
      case HIGH -> 4;
      case MEDIUM -> 3;
      case LOW -> 2;
      case INFO -> 1;
    };
  }
}
