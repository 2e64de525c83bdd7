package org.nself.incidents.incident;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How far an incident is, and the state machine. The database checks the same transitions for
 * whoever writes.
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

  /** The status of this name, in any case; null where there is none. */
  public static @Nullable IncidentStatus parse(String word) {
    String name = word.strip().toUpperCase(Locale.ROOT);
    for (IncidentStatus status : ALL) {
      if (status.name().equals(name)) {
        return status;
      }
    }
    return null;
  }

  /** As it stands in the database and in REST. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The statuses that an incident can go to from this one. */
  public List<IncidentStatus> transitions() {
    return switch (this) {
      case OPEN -> List.of(ACKNOWLEDGED, MITIGATING, RESOLVED, CANCELLED, MERGED);
      case ACKNOWLEDGED -> List.of(OPEN, MITIGATING, RESOLVED, CANCELLED, MERGED);
      case MITIGATING -> List.of(ACKNOWLEDGED, RESOLVED, CANCELLED, MERGED);
      case RESOLVED -> List.of(OPEN, CLOSED);
      case CLOSED, CANCELLED, MERGED -> List.of(OPEN);
    };
  }

  /** Whether going back to open must be explained. */
  boolean reopensOnlyWithReason() {
    return switch (this) {
      case CLOSED, CANCELLED, MERGED -> true;
      case OPEN, ACKNOWLEDGED, MITIGATING, RESOLVED -> false;
    };
  }
}
