package org.nself.incidents.runbook.definition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.function.TextFunctions;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;

/**
 * Parses the parts of a definition from GraphQL, from REST or from the database, which share the
 * names and differ in their style. Errors are recorded in the input; if there are any, the returned
 * values are incomplete.
 */
public final class DefinitionParser {

  public static final int MAX_NAME = 200;
  public static final int MAX_DESCRIPTION = 20_000;
  static final int MAX_CONDITION = 2_000;
  private static final int MAX_INPUTS = 50;
  private static final int MAX_VALUES = 100;
  private static final int MAX_VALUE_LENGTH = 200;
  private static final int MAX_INPUT_LENGTH = 2_000;
  private static final int MAX_DURATION_LENGTH = 50;

  /** An identifier of CEL, so that it can follow a dot in an expression. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

  public static final Pattern KEY = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

  private final StrictJson json;

  public DefinitionParser(StrictJson json) {
    this.json = json;
  }

  /** Parses the key of the runbook; null if there is none. */
  @Nullable
  public String key(InputReader input) {
    return parseKey(input);
  }

  static @Nullable String parseKey(InputReader input) {
    @Nullable String key = input.string("key", 64);
    if (key != null && !KEY.matcher(key).matches()) {
      input.reject(
          "key",
          "must have up to 64 lower-case letters, digits, '_' and '-', beginning with a letter");
    }
    return key;
  }

  /** Whether a text is a key that a runbook can have. */
  public static boolean isKey(String text) {
    return text.length() <= 64 && KEY.matcher(text).matches();
  }

  /** Parses the steps; null if they are absent. */
  @Nullable
  public List<Step> steps(InputReader input) {
    return new StepParser(json).parse(input);
  }

  /** Parses the inputs; null if they are absent. */
  @Nullable
  public List<RunbookInput> inputs(InputReader input) {
    @Nullable List<InputReader> objects = input.objects("inputs", MAX_INPUTS);
    if (objects == null) {
      return null;
    }
    List<RunbookInput> inputs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (InputReader object : objects) {
      RunbookInput parsed = input(object);
      if (!names.add(parsed.name())) {
        object.reject("name", "is also the name of another input");
      }
      inputs.add(parsed);
    }
    return List.copyOf(inputs);
  }

  private static RunbookInput input(InputReader input) {
    String name = input.requiredString("name", 63);
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      input.reject("name", "must have lower-case letters, digits and '_', beginning with a letter");
    }
    InputType type =
        Objects.requireNonNullElse(input.enumValue("type", InputType.class), InputType.STRING);
    @Nullable Boolean required = input.bool("required");
    @Nullable List<String> values = input.strings("values", MAX_VALUES, MAX_VALUE_LENGTH);
    if (type == InputType.ENUM && (values == null || values.isEmpty())) {
      input.reject("values", "is required for the type enum: the strings to choose from");
    }
    if (type != InputType.ENUM && values != null && !values.isEmpty()) {
      input.reject("values", "is allowed for the type enum only");
    }
    @Nullable Object defaultValue = defaultValue(input);
    RunbookInput parsed =
        new RunbookInput(
            name,
            type,
            Boolean.TRUE.equals(required),
            defaultValue,
            values == null ? List.of() : values,
            input.string("description", MAX_INPUT_LENGTH));
    if (defaultValue != null) {
      @Nullable String mismatch = type.describeMismatch(defaultValue, parsed.values());
      if (mismatch != null) {
        input.reject("default", mismatch);
      }
      if (parsed.required()) {
        input.reject(
            "default", "has no effect if the input is required; remove default or required");
      }
    }
    input.rejectUnknown();
    return parsed;
  }

  private static @Nullable Object defaultValue(InputReader input) {
    @Nullable Object raw = input.value("default");
    if (raw == null || raw instanceof String) {
      return input.string("default", MAX_INPUT_LENGTH);
    }
    @Nullable Object value = RunbookInput.toScalar(raw);
    if (value == null) {
      input.reject("default", "must be text, a whole number, true or false");
    }
    return value;
  }

  /** Parses the trigger; null if it is absent. */
  @Nullable
  public Trigger attach(InputReader input) {
    @Nullable InputReader object = input.object("attach");
    if (object == null) {
      return null;
    }
    @Nullable TriggerMode mode = object.enumValue("mode", TriggerMode.class);
    Trigger trigger =
        new Trigger(
            object.requiredString("condition", MAX_CONDITION),
            mode == null ? TriggerMode.SUGGEST : mode);
    object.rejectUnknown();
    return trigger;
  }

  /**
   * Parses a duration, which is written in one of two fields: as a number of seconds, or as text
   * ({@code PT5M} of ISO 8601, or {@code 5m}). Null if neither has a value.
   */
  static @Nullable Integer seconds(
      InputReader input, String secondsField, String textField, int min, int max) {
    @Nullable Integer seconds = input.integer(secondsField, min, max);
    @Nullable String text = input.string(textField, MAX_DURATION_LENGTH);
    if (text == null) {
      return seconds;
    }
    if (input.has(secondsField)) {
      input.reject(textField, "and %s are the same; write one of them".formatted(secondsField));
      return seconds;
    }
    Duration duration;
    try {
      duration = TextFunctions.duration(text);
    } catch (IllegalArgumentException e) {
      input.reject(textField, String.valueOf(e.getMessage()));
      return null;
    }
    if (duration.getNano() != 0 || duration.getSeconds() < min || duration.getSeconds() > max) {
      input.reject(
          textField, "must be whole seconds from %s to %s".formatted(duration(min), duration(max)));
      return null;
    }
    return (int) duration.getSeconds();
  }

  private static String duration(int seconds) {
    return Duration.ofSeconds(seconds).toString();
  }
}
