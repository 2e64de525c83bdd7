package org.nself.incidents.api;

import org.jspecify.annotations.Nullable;

/** What to do with a field: leave it, empty it, or give it a value. */
public sealed interface Change<T> {

  record Keep<T>() implements Change<T> {}

  record Clear<T>() implements Change<T> {}

  record Set<T>(T value) implements Change<T> {}

  /** A value that is null where the field is to be left as it is. */
  static <T> Change<T> toValue(@Nullable T value) {
    return value == null ? new Keep<>() : new Set<>(value);
  }

  /** What the field holds after the change. */
  default @Nullable T appliedTo(@Nullable T before) {
    return switch (this) {
      case Keep<T>() -> before;
      case Clear<T>() -> null;
      case Set<T>(T value) -> value;
    };
  }
}
