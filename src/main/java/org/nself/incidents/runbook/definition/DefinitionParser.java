package org.nself.incidents.runbook.definition;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;

/**
 * Reads the parts of a definition, from GraphQL, from REST or from the database: the same names,
 * spelled as each of them spells. What is wrong is noted in the input; what is returned then means
 * nothing.
 */
public final class DefinitionParser {

  public static final int MAX_NAME = 200;
  public static final int MAX_DESCRIPTION = 20_000;
  static final int MAX_CONDITION = 2_000;
  private static final int MAX_INPUTS = 50;
  private static final int MAX_VALUES = 100;
  private static final int MAX_VALUE = 200;
  private static final int MAX_TEXT = 2_000;

  /** What CEL takes for a name, so that it can follow a dot in an expression. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

  public static final Pattern KEY = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

  private final StrictJson json;

  public DefinitionParser(StrictJson json) {
    this.json = json;
  }

  /** The runbook's own key; null where none is given. */
  @Nullable
  public String key(InputReader input) {
    @Nullable String key = input.string("key", 64);
    if (key != null && !KEY.matcher(key).matches()) {
      input.reject(
          "key",
          "must have up to 64 lower-case letters, digits, '_' and '-', and begin with a letter");
    }
    return key;
  }

  /** Null where they are not given. */
  @Nullable
  public List<Step> steps(InputReader input) {
    return new StepParser(json).read(input);
  }

  /** Null where they are not given. */
  @Nullable
  public List<RunbookInput> inputs(InputReader input) {
    @Nullable List<InputReader> objects = input.objects("inputs", MAX_INPUTS);
    if (objects == null) {
      return null;
    }
    List<RunbookInput> inputs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (InputReader object : objects) {
      RunbookInput read = input(object);
      if (!names.add(read.name())) {
        object.reject("name", "is the name of another input too");
      }
      inputs.add(read);
    }
    return List.copyOf(inputs);
  }

  private static RunbookInput input(InputReader input) {
    String name = input.requiredString("name", 63);
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      input.reject("name", "must have lower-case letters, digits and '_', and begin with a letter");
    }
    @Nullable InputType given = input.enumValue("type", InputType.class);
    InputType type = given == null ? InputType.STRING : given;
    @Nullable Boolean required = input.bool("required");
    @Nullable List<String> values = input.strings("values", MAX_VALUES, MAX_VALUE);
    if (type == InputType.ENUM && (values == null || values.isEmpty())) {
      input.reject("values", "is required where the type is enum: the words to choose from");
    }
    if (type != InputType.ENUM && values != null && !values.isEmpty()) {
      input.reject("values", "belongs to the type enum");
    }
    @Nullable Object defaultValue = defaultValue(input);
    RunbookInput read =
        new RunbookInput(
            name,
            type,
            Boolean.TRUE.equals(required),
            defaultValue,
            values == null ? List.of() : values,
            input.string("description", MAX_TEXT));
    if (defaultValue != null) {
      @Nullable String fault = type.fault(defaultValue, read);
      if (fault != null) {
        input.reject("default", fault);
      }
      if (read.required()) {
        input.reject("default", "is of no use where the input is required; leave one of them out");
      }
    }
    input.rejectUnknown();
    return read;
  }

  private static @Nullable Object defaultValue(InputReader input) {
    @Nullable Object given = input.value("default");
    if (given == null || given instanceof String) {
      return input.string("default", MAX_TEXT);
    }
    @Nullable Object value = RunbookInput.toScalar(given);
    if (value == null) {
      input.reject("default", "must be text, a whole number, true or false");
    }
    return value;
  }

  /** Null where it is not given. */
  @Nullable
  public Trigger attach(InputReader input) {
    @Nullable InputReader object = input.object("attach");
    if (object == null) {
      return null;
    }
    @Nullable TriggerMode mode = object.enumValue("mode", TriggerMode.class);
    Trigger attach =
        new Trigger(
            object.requiredString("condition", MAX_CONDITION),
            mode == null ? TriggerMode.SUGGEST : mode);
    object.rejectUnknown();
    return attach;
  }
}
