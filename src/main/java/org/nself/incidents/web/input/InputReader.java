package org.nself.incidents.web.input;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldError;
import org.nself.incidents.web.error.FieldErrors;

/**
 * Reads and validates the fields of an object from a request: a GraphQL input object, a JSON body
 * or the query parameters. Each command has one method that reads it, for REST and GraphQL. A
 * method returns null if the value is absent, null or invalid, and records the error; {@link
 * #check()} then throws one {@link ApiException} that names the invalid and the unknown fields,
 * spelled as the client does, {@value FieldErrors#MAX} at most.
 */
public final class InputReader {

  public static final int MAX_LABELS = 64;
  public static final int MAX_LABEL_NAME = 255;
  public static final int MAX_LABEL_VALUE = 255;

  /** RFC 3339 and PostgreSQL agree on years of four digits; no incident is older than 1970. */
  private static final Instant EARLIEST = Instant.EPOCH;

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

  private final Map<String, ? extends @Nullable Object> values;
  private final NamingStyle naming;
  private final String prefix;
  private final boolean query;
  private final Set<String> known = new LinkedHashSet<>();
  private final FieldErrors errors;

  public InputReader(Map<String, ? extends @Nullable Object> values, NamingStyle naming) {
    this(values, naming, "", false, new FieldErrors());
  }

  private InputReader(
      Map<String, ? extends @Nullable Object> values,
      NamingStyle naming,
      String prefix,
      boolean query,
      FieldErrors errors) {
    this.values = values;
    this.naming = naming;
    this.prefix = prefix;
    this.query = query;
    this.errors = errors;
  }

  /** The query parameters of a URL. */
  static InputReader ofQuery(Map<String, ? extends @Nullable Object> values) {
    return new InputReader(values, NamingStyle.SNAKE_CASE, "", true, new FieldErrors());
  }

  public NamingStyle naming() {
    return naming;
  }

  /** The errors recorded so far, {@value FieldErrors#MAX} at most. */
  public List<FieldError> errors() {
    return errors.toList();
  }

  /** Whether the field is present, not null and not blank text, which counts as absent. */
  public boolean has(String field) {
    return given(field) != null;
  }

  /** Whether the field is present and null, which clears it in a JSON Merge Patch (RFC 7396). */
  public boolean isNull(String field) {
    String name = naming.field(field);
    known.add(name);
    return values.containsKey(name) && values.get(name) == null;
  }

  /** Allows a field, by the name that clients write, which is read elsewhere. */
  public void allow(String name) {
    known.add(name);
  }

  /** Records that a field is invalid. */
  public void reject(String field, String message) {
    errors.add(prefix + naming.field(field), message);
  }

  /**
   * Text of 1 to {@code max} characters, in Unicode's normal form C. Blank text counts as absent:
   * templates of monitoring systems fill fields with it.
   */
  public @Nullable String string(String field, int max) {
    @Nullable Object value = given(field);
    if (value == null) {
      return null;
    }
    if (!(value instanceof String given)) {
      return invalid(field, "must be text");
    }
    String text = Strings.normalize(given);
    @Nullable String error = Strings.errorIn(text, max);
    return error == null ? text : invalid(field, error);
  }

  /** Like {@link #string}, but an error if missing; then the result is an empty string. */
  public String requiredString(String field, int max) {
    if (given(field) == null) {
      reject(field, value(field) != null ? "must not be empty" : "is required");
      return "";
    }
    @Nullable String text = string(field, max);
    return text == null ? "" : text;
  }

  /** Like {@link #string}, but blank text is an error: for what cannot be empty. */
  public @Nullable String nonBlankString(String field, int max) {
    if (value(field) != null && given(field) == null) {
      return invalid(field, "must not be empty");
    }
    return string(field, max);
  }

  public @Nullable UUID uuid(String field) {
    @Nullable Object value = given(field);
    if (value == null || value instanceof UUID) {
      return (UUID) value;
    }
    if (value instanceof String text) {
      @Nullable UUID uuid = Strings.uuid(text);
      if (uuid != null) {
        return uuid;
      }
    }
    return invalid(field, "must be a UUID");
  }

  /** Like {@link #uuid}, but an error if missing; then the result is the nil UUID. */
  public UUID requiredUuid(String field) {
    if (given(field) == null) {
      reject(field, "is required");
    }
    @Nullable UUID uuid = uuid(field);
    return uuid == null ? new UUID(0, 0) : uuid;
  }

  public @Nullable Integer integer(String field, int min, int max) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    if (value instanceof Number number
        && (number instanceof Integer || number instanceof Long || number instanceof Short)
        && number.longValue() >= min
        && number.longValue() <= max) {
      return number.intValue();
    }
    return invalid(field, "must be a whole number from %d to %d".formatted(min, max));
  }

  /** Like {@link #integer}, but an error if missing; then the result is {@code min}. */
  public int requiredInteger(String field, int min, int max) {
    if (!has(field)) {
      reject(field, "is required");
    }
    @Nullable Integer number = integer(field, min, max);
    return number == null ? min : number;
  }

  public @Nullable Boolean bool(String field) {
    @Nullable Object value = value(field);
    if (value == null || value instanceof Boolean) {
      return (Boolean) value;
    }
    if (query && (value.equals("true") || value.equals("false"))) {
      return Boolean.valueOf(value.toString());
    }
    return invalid(field, "must be true or false");
  }

  /** A timestamp, truncated to microseconds, because the database would round it. */
  public @Nullable Instant instant(String field) {
    @Nullable Object value = given(field);
    Instant instant;
    switch (value) {
      case null -> {
        return null;
      }
      case OffsetDateTime time -> instant = time.toInstant();
      case Instant time -> instant = time;
      case String text -> {
        try {
          instant = OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
          return invalid(
              field,
              "must be an RFC 3339 date and time with an offset, such as 2026-03-01T02:59:07Z"
                  + (query && text.contains(" ") ? "; in a URL, write + as %2B" : ""));
        }
      }
      default -> {
        return invalid(
            field,
            "must be an RFC 3339 date and time with an offset, such as 2026-03-01T02:59:07Z");
      }
    }
    if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
      return invalid(field, "must lie in the years 1970 to 9999");
    }
    return instant.truncatedTo(ChronoUnit.MICROS);
  }

  /**
   * A value of an enum.
   *
   * @param parse returns the enum value for a name, or null if there is none
   * @param accepted the values to list in the error
   */
  public <E extends Enum<E>> @Nullable E enumValue(
      String field, Function<String, @Nullable E> parse, List<E> accepted) {
    @Nullable Object value = given(field);
    if (value == null) {
      return null;
    }
    @Nullable E choice = value instanceof String name ? parse.apply(name) : null;
    return choice != null ? choice : invalid(field, "must be one of " + joinValues(accepted));
  }

  /** Like {@link #enumValue(String, Function, List)}, for the names of an enum, ignoring case. */
  public <E extends Enum<E>> @Nullable E enumValue(String field, Class<E> type) {
    List<E> accepted = List.of(type.getEnumConstants());
    return enumValue(field, name -> parseName(accepted, name), accepted);
  }

  private static <E extends Enum<E>> @Nullable E parseName(List<E> accepted, String name) {
    for (E value : accepted) {
      if (value.name().equalsIgnoreCase(name)) {
        return value;
      }
    }
    return null;
  }

  /** Like {@link #enumValue}, for a list. */
  public <E extends Enum<E>> @Nullable List<E> enumValues(
      String field, Function<String, @Nullable E> parse, List<E> accepted) {
    @Nullable List<?> list = list(field, maxListSize(accepted));
    if (list == null) {
      return null;
    }
    List<E> choices = new ArrayList<>();
    for (Object item : list) {
      @Nullable E choice = item instanceof String name ? parse.apply(name) : null;
      if (choice == null) {
        return invalid(field, "must be a list of " + joinValues(accepted));
      }
      choices.add(choice);
    }
    return List.copyOf(choices);
  }

  /** Leaves room for several aliases of a value. */
  public static int maxListSize(List<?> accepted) {
    return accepted.size() * 4;
  }

  /** Like {@link #enumValues(String, Function, List)}, for the names of an enum, ignoring case. */
  public <E extends Enum<E>> @Nullable List<E> enumValues(String field, Class<E> type) {
    List<E> accepted = List.of(type.getEnumConstants());
    return enumValues(field, name -> parseName(accepted, name), accepted);
  }

  /** A list of whole numbers in a range. */
  public @Nullable List<Integer> integers(String field, int maxItems, int min, int max) {
    @Nullable List<?> list = list(field, maxItems);
    if (list == null) {
      return null;
    }
    List<Integer> numbers = new ArrayList<>();
    for (Object item : list) {
      if (!(item instanceof Integer number) || number < min || number > max) {
        return invalid(field, "must be a list of whole numbers from %d to %d".formatted(min, max));
      }
      numbers.add(number);
    }
    return List.copyOf(numbers);
  }

  /**
   * A list of strings of up to {@code maxLength} characters each, in normal form C. Duplicates and
   * blank items are left out.
   */
  public @Nullable List<String> strings(String field, int maxItems, int maxLength) {
    @Nullable List<?> list = list(field, maxItems);
    if (list == null) {
      return null;
    }
    Set<String> texts = new LinkedHashSet<>();
    for (Object item : list) {
      if (!(item instanceof String given)) {
        return invalid(field, "must be a list of texts");
      }
      if (isAbsent(given)) {
        continue;
      }
      String text = Strings.normalize(given);
      @Nullable String error = Strings.errorIn(text, maxLength);
      if (error != null) {
        return invalid(field, "each item " + error);
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  /** The names of the members that are null, which a JSON Merge Patch removes. */
  public Set<String> nullMembers(String field) {
    Set<String> names = new LinkedHashSet<>();
    if (value(field) instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            if (value == null) {
              names.add(Strings.normalize(String.valueOf(name)));
            }
          });
    }
    return names;
  }

  /**
   * An object with up to 64 strings, in normal form C. Members that are null or blank are ignored:
   * to Prometheus, a label without a value is no label. A name is any text, as in Prometheus and
   * Grafana.
   */
  public @Nullable Map<String, String> labels(String field) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    if (!(value instanceof Map<?, ?> map)) {
      return invalid(field, "must be an object of texts");
    }
    if (map.size() > MAX_LABELS) {
      return invalid(field, "must have at most " + MAX_LABELS + " members");
    }
    Map<String, String> labels = new TreeMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = Strings.normalize(String.valueOf(entry.getKey()));
      if (isAbsent(entry.getValue())) {
        continue;
      }
      @Nullable String error = errorInLabelName(name);
      if (error == null) {
        error =
            entry.getValue() instanceof String text
                ? Strings.errorIn(Strings.normalize(text), MAX_LABEL_VALUE)
                : "must be text";
      }
      if (error != null) {
        errors.add(prefix + naming.field(field) + "." + ApiException.excerpt(name), error);
        return null;
      }
      labels.put(name, Strings.normalize(String.valueOf(entry.getValue())));
    }
    return labels;
  }

  /** The error of the name of a label, to follow the name in a message; null if it is valid. */
  public static @Nullable String errorInLabelName(String name) {
    @Nullable String error = Strings.errorIn(name, MAX_LABEL_NAME);
    if (error == null && name.chars().anyMatch(Character::isISOControl)) {
      error = "must not contain control characters";
    }
    return error == null ? null : "the name of a label " + error;
  }

  /** Any JSON of up to 64 KiB as UTF-8, 32 levels deep. */
  public @Nullable RawJson json(String field, StrictJson format) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    try {
      return format.validate(value);
    } catch (IllegalArgumentException e) {
      return invalid(field, String.valueOf(e.getMessage()));
    }
  }

  /** A nested object; its errors have dotted paths. */
  public @Nullable InputReader object(String field) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    return value instanceof Map<?, ?> map
        ? nested(naming.field(field), map)
        : invalid(field, "must be an object");
  }

  /** A list of objects; their errors have paths such as {@code steps[2].title}. */
  public @Nullable List<InputReader> objects(String field, int maxItems) {
    @Nullable List<?> list = list(field, maxItems);
    if (list == null) {
      return null;
    }
    List<InputReader> objects = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (!(list.get(i) instanceof Map<?, ?> map)) {
        return invalid(field, "must be a list of objects");
      }
      objects.add(nested(naming.field(field) + "[" + i + "]", map));
    }
    return objects;
  }

  private InputReader nested(String name, Map<?, ?> map) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    map.forEach((key, value) -> members.put(String.valueOf(key), value));
    return new InputReader(members, naming, prefix + name + ".", query, errors);
  }

  /**
   * Records an error for every field that was not read. Must be called on each nested object after
   * all fields were read.
   */
  public void rejectUnknown() {
    for (String name : values.keySet()) {
      if (known.contains(name)) {
        continue;
      }
      if (errors.hasRoom()) {
        errors.add(
            prefix + ApiException.excerpt(name),
            "unknown field; allowed fields: " + String.join(", ", known));
      } else {
        errors.count(1);
      }
    }
  }

  /**
   * Must be called after all fields were read.
   *
   * @throws ApiException {@code invalid}, if any field was invalid or unknown
   */
  public void check() {
    rejectUnknown();
    if (!errors.isEmpty()) {
      throw query ? ApiException.malformed(errors) : ApiException.invalid(errors);
    }
  }

  private @Nullable List<?> list(String field, int maxItems) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    if (!(value instanceof List<?> list)) {
      return invalid(field, "must be a list");
    }
    if (list.size() > maxItems) {
      return invalid(field, "must have at most " + maxItems + " items");
    }
    return list;
  }

  /**
   * The field without validation; null if it is absent, null or blank text. Blank text in a URL is
   * kept, and rejected: without the condition, a list would have more than was asked for.
   */
  private @Nullable Object given(String field) {
    @Nullable Object value = value(field);
    return isAbsent(value) ? null : value;
  }

  private boolean isAbsent(@Nullable Object value) {
    return value == null || (!query && value instanceof String text && text.isBlank());
  }

  /** The field without validation; null if it is absent or null. */
  public @Nullable Object value(String field) {
    String name = naming.field(field);
    known.add(name);
    return values.get(name);
  }

  private <E extends Enum<E>> String joinValues(List<E> accepted) {
    return accepted.stream().map(naming::value).collect(Collectors.joining(", "));
  }

  /** Records an error and returns null. */
  @SuppressWarnings("TypeParameterUnusedInFormals")
  private <T> @Nullable T invalid(String field, String message) {
    reject(field, message);
    return null;
  }
}
