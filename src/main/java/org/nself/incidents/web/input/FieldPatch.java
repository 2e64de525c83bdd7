package org.nself.incidents.web.input;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/** What to do with a field: leave it, empty it, or give it a value. */
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

  /** A value that is null where the field is to be left as it is. */
  static <T> FieldPatch<T> toValue(@Nullable T value) {
    return value == null ? new Unchanged<>() : new SetTo<>(value);
  }

  /** What the field holds after the change. */
  default @Nullable T apply(@Nullable T before) {
    return switch (this) {
      case Unchanged<T>() -> before;
      case Cleared<T>() -> null;
      case SetTo<T>(T value) -> value;
    };
  }
}
