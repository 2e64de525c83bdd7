package org.nself.incidents.incident;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether an incident is real or an exercise. */
public enum IncidentKind {
  REAL,
  /** An exercise; in no metric unless asked for. */
  DRILL;

  static final List<IncidentKind> ALL = List.of(values());

  private final String value = name().toLowerCase(Locale.ROOT);

  /** The kind of this name, in any case; null if unknown. */
  public static @Nullable IncidentKind parse(String value) {
    String name = value.strip();
    for (IncidentKind kind : ALL) {
      if (kind.value.equalsIgnoreCase(name)) {
        return kind;
      }
    }
    return null;
  }

  /** The value in the database and in REST. */
  public String value() {
    return value;
  }
}
