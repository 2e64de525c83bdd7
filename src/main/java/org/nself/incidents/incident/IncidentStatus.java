package org.nself.incidents.incident;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The status of an incident, and its state machine. A database trigger checks the same transitions
 * for every writer.
 */
public enum IncidentStatus {
  OPEN,
  ACKNOWLEDGED,
  MITIGATING,
  RESOLVED,
  CLOSED,
  CANCELLED,
  MERGED;

  static final List<IncidentStatus> ALL = List.of(values());

  private final String value = name().toLowerCase(Locale.ROOT);

  /** The status of this name, in any case; null if unknown. */
  public static @Nullable IncidentStatus parse(String value) {
    String name = value.strip();
    for (IncidentStatus status : ALL) {
      if (status.value.equalsIgnoreCase(name)) {
        return status;
      }
    }
    return null;
  }

  /** The value in the database and in REST. */
  public String value() {
    return value;
  }

  /** The statuses that are allowed after this one. */
  public List<IncidentStatus> transitions() {
    return switch (this) {
      case OPEN -> List.of(ACKNOWLEDGED, MITIGATING, RESOLVED, CANCELLED, MERGED);
      case ACKNOWLEDGED -> List.of(OPEN, MITIGATING, RESOLVED, CANCELLED, MERGED);
      case MITIGATING -> List.of(ACKNOWLEDGED, RESOLVED, CANCELLED, MERGED);
      case RESOLVED -> List.of(OPEN, CLOSED);
      case CLOSED, CANCELLED, MERGED -> List.of(OPEN);
    };
  }

  /** Whether a transition to open requires a reason. */
  boolean requiresReasonToReopen() {
    return switch (this) {
      case CLOSED, CANCELLED, MERGED -> true;
      case OPEN, ACKNOWLEDGED, MITIGATING, RESOLVED -> false;
    };
  }
}
