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
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldError;

/**
 * Reads the members of an object that came from outside: a GraphQL input object or a JSON body. A
 * service's command reads itself from it once, whichever adapter it came through. Every reader
 * returns null where a value is absent, null or wrong, and notes what is wrong; {@link #check()}
 * then throws one {@link ApiException} that names every field at fault, in the caller's own
 * spelling, members that nobody asked for included.
 */
public final class InputReader {

  public static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_./-]{0,62}");
  public static final int MAX_LABELS = 64;
  public static final int MAX_LABEL_VALUE = 255;

  /** RFC 3339 and PostgreSQL agree on years of four digits; before 1970 no incident was kept. */
  private static final Instant EARLIEST = Instant.EPOCH;

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

  private final Map<String, ? extends @Nullable Object> values;
  private final NamingStyle naming;
  private final String prefix;
  private final boolean query;
  private final Set<String> known = new LinkedHashSet<>();
  private final List<FieldError> errors;

  public InputReader(Map<String, ? extends @Nullable Object> values, NamingStyle naming) {
    this(values, naming, "", false, new ArrayList<>());
  }

  private InputReader(
      Map<String, ? extends @Nullable Object> values,
      NamingStyle naming,
      String prefix,
      boolean query,
      List<FieldError> violations) {
    this.values = values;
    this.naming = naming;
    this.prefix = prefix;
    this.query = query;
    this.errors = violations;
  }

  /** The parameters of a URL. */
  static InputReader ofQuery(Map<String, ? extends @Nullable Object> values) {
    return new InputReader(values, NamingStyle.SNAKE_CASE, "", true, new ArrayList<>());
  }

  public NamingStyle naming() {
    return naming;
  }

  /** What was noted as wrong so far. */
  public List<FieldError> errors() {
    return errors;
  }

  /** Whether the member is there and not null. */
  public boolean has(String field) {
    return value(field) != null;
  }

  /**
   * Whether the member is there and null, which in a JSON Merge Patch (RFC 7396) means: remove it.
   */
  public boolean isNull(String field) {
    String name = naming.field(field);
    known.add(name);
    return values.containsKey(name) && values.get(name) == null;
  }

  /** Notes that a field is wrong. */
  public void reject(String field, String message) {
    errors.add(new FieldError(prefix + naming.field(field), message));
  }

  /** Text of 1 to {@code max} characters that is not all blank. */
  public @Nullable String string(String field, int max) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    if (!(value instanceof String text)) {
      return invalid(field, "must be text");
    }
    @Nullable String fault = Strings.errorIn(text, max);
    return fault == null ? text : invalid(field, fault);
  }

  /** As {@link #string}, and noted as wrong where it is missing; then an empty text is returned. */
  public String requiredString(String field, int max) {
    if (!has(field)) {
      reject(field, "is required");
      return "";
    }
    @Nullable String text = string(field, max);
    return text == null ? "" : text;
  }

  public @Nullable UUID uuid(String field) {
    @Nullable Object value = value(field);
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

  /** As {@link #uuid}, and noted as wrong where it is missing. */
  public UUID requiredUuid(String field) {
    if (!has(field)) {
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

  /** As {@link #integer}, and noted as wrong where it is missing; then {@code min} is returned. */
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

  /** A moment, to the microsecond: what is finer is cut off, as the database would round it. */
  public @Nullable Instant instant(String field) {
    @Nullable Object value = value(field);
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
              "must be an RFC 3339 date and time with an offset, such as 2026-03-01T02:59:07Z");
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
   * A word of a vocabulary.
   *
   * @param parse gives the value for the word, or null where there is none
   * @param accepted the values to list when it is none of them
   */
  public <E extends Enum<E>> @Nullable E enumValue(
      String field, Function<String, @Nullable E> parse, List<E> accepted) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    @Nullable E choice = value instanceof String word ? parse.apply(word) : null;
    return choice != null ? choice : invalid(field, "must be one of " + joinValues(accepted));
  }

  /** As {@link #enumValue(String, Function, List)}, for an enum's own names in any case. */
  public <E extends Enum<E>> @Nullable E enumValue(String field, Class<E> vocabulary) {
    List<E> accepted = List.of(vocabulary.getEnumConstants());
    return enumValue(field, word -> parseName(accepted, word), accepted);
  }

  private static <E extends Enum<E>> @Nullable E parseName(List<E> accepted, String word) {
    for (E value : accepted) {
      if (value.name().equalsIgnoreCase(word)) {
        return value;
      }
    }
    return null;
  }

  /** As {@link #enumValue}, for a list; an empty list stays an empty list. */
  public <E extends Enum<E>> @Nullable List<E> enumValues(
      String field, Function<String, @Nullable E> parse, List<E> accepted) {
    @Nullable List<?> list = list(field, maxListSize(accepted));
    if (list == null) {
      return null;
    }
    List<E> choices = new ArrayList<>();
    for (Object item : list) {
      @Nullable E choice = item instanceof String word ? parse.apply(word) : null;
      if (choice == null) {
        return invalid(field, "must be a list of " + joinValues(accepted));
      }
      choices.add(choice);
    }
    return List.copyOf(choices);
  }

  /** Leaves room for those who say the same in several words. */
  public static int maxListSize(List<?> accepted) {
    return accepted.size() * 4;
  }

  /** As {@link #enumValues(String, Function, List)}, for an enum's own names in any case. */
  public <E extends Enum<E>> @Nullable List<E> enumValues(String field, Class<E> vocabulary) {
    List<E> accepted = List.of(vocabulary.getEnumConstants());
    return enumValues(field, word -> parseName(accepted, word), accepted);
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
   * A list of distinct texts of up to {@code maxLength} characters each; repetitions are dropped.
   */
  public @Nullable List<String> strings(String field, int maxItems, int maxLength) {
    @Nullable List<?> list = list(field, maxItems);
    if (list == null) {
      return null;
    }
    Set<String> texts = new LinkedHashSet<>();
    for (Object item : list) {
      if (!(item instanceof String text)) {
        return invalid(field, "must be a list of texts");
      }
      @Nullable String fault = Strings.errorIn(text, maxLength);
      if (fault != null) {
        return invalid(field, "has an item that " + fault);
      }
      texts.add(text);
    }
    return List.copyOf(texts);
  }

  /** The names in an object whose value is null, which in a JSON Merge Patch means: remove it. */
  public Set<String> nullMembers(String field) {
    Set<String> names = new LinkedHashSet<>();
    if (value(field) instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) -> {
            if (value == null) {
              names.add(String.valueOf(name));
            }
          });
    }
    return names;
  }

  /** An object of up to 64 texts by name. Members that are null are passed over. */
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
      String name = String.valueOf(entry.getKey());
      if (entry.getValue() == null) {
        continue;
      }
      if (!LABEL_NAME.matcher(name).matches()) {
        return invalid(
            field,
            "has a name that is not of 1 to 63 letters, digits and '_./-', beginning with a letter"
                + " or digit");
      }
      @Nullable String fault =
          entry.getValue() instanceof String text
              ? Strings.errorIn(text, MAX_LABEL_VALUE)
              : "must be text";
      if (fault != null) {
        errors.add(new FieldError(prefix + naming.field(field) + "." + name, fault));
        return null;
      }
      labels.put(name, String.valueOf(entry.getValue()));
    }
    return labels;
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

  /** A member that is an object itself; what is wrong in it is named with a dotted path. */
  public @Nullable InputReader object(String field) {
    @Nullable Object value = value(field);
    if (value == null) {
      return null;
    }
    return value instanceof Map<?, ?> map
        ? nested(naming.field(field), map)
        : invalid(field, "must be an object");
  }

  /** A list of objects; what is wrong in one is named as {@code steps[2].title}. */
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
   * Notes every member that nobody asked for as unknown. Call it on each nested object, when all
   * was read.
   */
  public void rejectUnknown() {
    for (String name : values.keySet()) {
      if (!known.contains(name)) {
        errors.add(
            new FieldError(
                prefix + ApiException.excerpt(name),
                "unknown field; allowed fields: " + String.join(", ", known)));
      }
    }
  }

  /**
   * To be called once all was read.
   *
   * @throws ApiException {@code invalid}, where anything was wrong or unknown
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

  /** The member as it came, unchecked; null where it is absent or null. */
  public @Nullable Object value(String field) {
    String name = naming.field(field);
    known.add(name);
    return values.get(name);
  }

  private <E extends Enum<E>> String joinValues(List<E> accepted) {
    return accepted.stream().map(naming::value).collect(Collectors.joining(", "));
  }

  /** Notes what is wrong, and stands for the value that there is not. */
  @SuppressWarnings("TypeParameterUnusedInFormals")
  private <T> @Nullable T invalid(String field, String message) {
    reject(field, message);
    return null;
  }
}
