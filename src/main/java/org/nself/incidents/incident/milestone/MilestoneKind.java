package org.nself.incidents.incident.milestone;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a milestone marks, in the usual order of time. */
public enum MilestoneKind {
  /** The problem began. */
  STARTED,
  /** Somebody or something noticed it. */
  DETECTED,
  /** The incident was opened here. */
  DECLARED,
  /** The first time that a person acknowledged, mitigated or resolved it. */
  ACKNOWLEDGED,
  /** The impact was over. */
  MITIGATED,
  /** The last time that it was resolved; none while it is not resolved. */
  RESOLVED;

  static final List<MilestoneKind> ALL = List.of(values());

  /** The kind of this name, in any case; null if unknown. */
  public static @Nullable MilestoneKind parse(String value) {
    String name = value.strip().toUpperCase(Locale.ROOT);
    for (MilestoneKind kind : ALL) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    return null;
  }

  /** The value in the database and in REST. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether people may set it; {@link #DECLARED} is when this service recorded the opening. */
  boolean canBeSet() {
    return this != DECLARED;
  }
}
