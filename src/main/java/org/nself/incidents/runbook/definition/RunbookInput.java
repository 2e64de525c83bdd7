package org.nself.incidents.runbook.definition;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parameter of a runbook, given at the start of an execution.
 *
 * @param name the NAME of {@code inputs.NAME} in expressions
 * @param defaultValue a String, Long or Boolean according to the type; null for none
 * @param values the strings to choose from; empty unless the type is ENUM
 */
public record RunbookInput(
    String name,
    InputType type,
    boolean required,
    @JsonProperty("default") @Nullable Object defaultValue,
    List<String> values,
    @Nullable String description) {

  private static final int LONG_BITS = 63;

  /**
   * Converts a value from a request to one that an input can have: a String, a Long or a Boolean.
   * Returns null if it is anything else, such as a fraction, a list or a number beyond 64 bits.
   */
  public static @Nullable Object toScalar(Object value) {
    return switch (value) {
      case String text -> text;
      case Boolean flag -> flag;
      case Integer number -> number.longValue();
      case Long number -> number;
      case BigInteger number when number.bitLength() <= LONG_BITS -> number.longValue();
      default -> null;
    };
  }
}
