package org.nself.incidents.settings;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An environment variable: how it is read and what the README says of it.
 *
 * @param name the variable
 * @param defaultValue used where the variable is not set; null where there is no default
 * @param fallback what happens without a value, where there is no default value: "required" for one
 * @param range which values are valid
 * @param purpose what it is for, in Markdown
 * @param parser checks and converts a value
 */
record Setting<T>(
    String name,
    @Nullable String defaultValue,
    String fallback,
    String range,
    String purpose,
    Parser<T> parser) {

  /** Converts the value of a variable, or throws a {@link ConfigurationException} that names it. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(String variable, String value);
  }

  static <T> Setting<T> withDefault(
      String name, String defaultValue, String range, String purpose, Parser<T> parser) {
    return new Setting<>(name, defaultValue, "", range, purpose, parser);
  }

  static <T> Setting<T> withoutDefault(
      String name, String fallback, String range, String purpose, Parser<T> parser) {
    return new Setting<>(name, null, fallback, range, purpose, parser);
  }

  static Setting<Integer> number(String name, int defaultValue, int min, int max, String purpose) {
    return withDefault(
        name,
        String.valueOf(defaultValue),
        String.format(Locale.ROOT, "%,d to %,d", min, max),
        purpose,
        (variable, value) -> parseNumber(variable, value, min, max));
  }

  static Setting<String> oneOf(
      String name, String defaultValue, List<String> accepted, String purpose) {
    return withDefault(
        name,
        defaultValue,
        String.join(", ", accepted),
        purpose,
        (variable, value) -> parseChoice(variable, value, accepted));
  }

  /**
   * @throws ConfigurationException where the variable has no value and no default, or a value that
   *     is not valid
   */
  T read(Function<String, @Nullable String> environment) {
    @Nullable T value = readOptional(environment);
    if (value == null) {
      throw new ConfigurationException(name, "is not set: set it to " + range);
    }
    return value;
  }

  /**
   * Null where the variable has no value and no default. An empty value counts as none: compose
   * files pass unset variables on as empty.
   */
  @Nullable T readOptional(Function<String, @Nullable String> environment) {
    @Nullable String set = environment.apply(name);
    @Nullable String value = set == null || set.isBlank() ? defaultValue : set.strip();
    return value == null ? null : parser.parse(name, value);
  }

  /** The setting's row in the README. */
  String toMarkdown() {
    return "| `%s` | %s | %s | %s |"
        .formatted(
            name, defaultValue == null ? fallback : "`" + defaultValue + "`", range, purpose);
  }

  static int parseNumber(String variable, String value, int min, int max) {
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, like a number out of range.
    }
    throw new ConfigurationException(
        variable, "must be a whole number from %d to %d, not '%s'".formatted(min, max, value));
  }

  private static String parseChoice(String variable, String value, List<String> accepted) {
    String choice = value.toLowerCase(Locale.ROOT);
    if (!accepted.contains(choice)) {
      throw new ConfigurationException(
          variable, "must be one of %s, not '%s'".formatted(String.join(", ", accepted), choice));
    }
    return choice;
  }
}
