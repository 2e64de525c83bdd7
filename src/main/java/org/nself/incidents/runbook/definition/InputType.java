package org.nself.incidents.runbook.definition;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The type of an input of a runbook. */
public enum InputType {
  STRING,
  INT,
  BOOLEAN,
  ENUM;

  /**
   * Describes why a value is not of this type, to follow the name of the input in a message; null
   * if it is.
   *
   * @param value as {@link RunbookInput#toScalar} returns it
   * @param choices the allowed strings, if this is ENUM
   */
  public @Nullable String describeMismatch(Object value, List<String> choices) {
    return switch (this) {
      case STRING -> value instanceof String ? null : "must be text";
      case INT -> value instanceof Long ? null : "must be a whole number";
      case BOOLEAN -> value instanceof Boolean ? null : "must be true or false";
      case ENUM ->
          value instanceof String text && choices.contains(text)
              ? null
              : "must be one of " + String.join(", ", choices);
    };
  }
}
