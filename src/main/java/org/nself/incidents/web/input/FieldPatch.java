package org.nself.incidents.web.input;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** A change of a field: unchanged, cleared or set. */
public sealed interface FieldPatch<T> {

  record Unchanged<T>() implements FieldPatch<T> {}

  record Cleared<T>() implements FieldPatch<T> {

    /**
     * Distinguishes it in JSON from {@link Unchanged}: the fingerprint of a request under an
     * idempotency key is computed from the JSON of its command.
     */
    @JsonProperty("cleared")
    public boolean cleared() {
      return true;
    }
  }

  record SetTo<T>(T value) implements FieldPatch<T> {}

  /** Sets the value, or leaves the field unchanged if it is null. */
  static <T> FieldPatch<T> toValue(@Nullable T value) {
    return value == null ? new Unchanged<>() : new SetTo<>(value);
  }

  /** The value after the change. */
  default @Nullable T apply(@Nullable T before) {
    return switch (this) {
      case Unchanged<T>() -> before;
      case Cleared<T>() -> null;
      case SetTo<T>(T value) -> value;
    };
  }
}
