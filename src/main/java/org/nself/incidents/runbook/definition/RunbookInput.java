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
  private static final double MAX_EXACT = 1L << 53;

  /**
   * The value of a template for an input.
   *
   * @param value with its type, if the template is one expression; else the text
   * @param text as it is rendered, which an input for text gets
   */
  public record Rendered(@Nullable Object value, String text) {}

  /**
   * The value that this input gets for one that is given: as {@link #toScalar}, and that of a
   * template by the type of the input. Null for none.
   */
  public @Nullable Object accept(Object given) {
    return switch (given) {
      case Rendered rendered when type == InputType.STRING || type == InputType.ENUM ->
          rendered.text();
      case Rendered rendered -> rendered.value() == null ? null : toScalar(rendered.value());
      default -> toScalar(given);
    };
  }

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
      // CEL computes whole numbers as doubles where a part is one.
      case Double number when number == Math.rint(number) && Math.abs(number) < MAX_EXACT ->
          number.longValue();
      default -> null;
    };
  }
}
