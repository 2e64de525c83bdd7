package org.nself.incidents.runbook.definition;

import org.jspecify.annotations.Nullable;

/** What an input of a runbook must be. */
public enum InputType {
  STRING,
  INT,
  BOOLEAN,
  ENUM;

  /**
   * What is wrong with a value of this type, to follow its name in a sentence; null where nothing
   * is.
   *
   * @param value as {@link RunbookInput#toScalar} returns it
   */
  public @Nullable String fault(Object value, RunbookInput input) {
    return switch (this) {
      case STRING -> value instanceof String ? null : "must be text";
      case INT -> value instanceof Long ? null : "must be a whole number";
      case BOOLEAN -> value instanceof Boolean ? null : "must be true or false";
      case ENUM ->
          value instanceof String word && input.values().contains(word)
              ? null
              : "must be one of " + String.join(", ", input.values());
    };
  }
}
