package org.nself.incidents.runbook.execution.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.web.input.RawJson;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** Converts between stored JSON and the values of expressions. */
public final class JsonValues {

  private final JsonMapper mapper;
  private final ObjectReader reader;

  /**
   * @param mapper the one that writes REST responses, so that an incident's fields have the same
   *     names in expressions as in REST
   */
  public JsonValues(JsonMapper mapper) {
    this.mapper = mapper;
    this.reader =
        mapper
            .readerFor(Object.class)
            .with(DeserializationFeature.USE_LONG_FOR_INTS)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  @Nullable Object read(RawJson json) {
    return reader.readValue(json.text());
  }

  /**
   * The value of a text that may be JSON.
   *
   * @param otherwise the value where it is not
   * @param mask applied to each name, string and number
   */
  @Nullable Object readForeign(String text, String otherwise, UnaryOperator<String> mask) {
    try {
      @Nullable Object value = text.isBlank() ? null : reader.readValue(text);
      return value == null ? null : mapLeaves(value, mask);
    } catch (JacksonException e) {
      return otherwise;
    }
  }

  private static Object mapLeaves(Object value, UnaryOperator<String> mask) {
    return switch (value) {
      case String text -> mask.apply(text);
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> mapped = new LinkedHashMap<>();
        map.forEach(
            (name, member) ->
                mapped.put(
                    mask.apply(String.valueOf(name)),
                    member == null ? null : mapLeaves(member, mask)));
        yield mapped;
      }
      case List<?> list -> {
        List<@Nullable Object> mapped = new ArrayList<>(list.size());
        list.forEach(item -> mapped.add(item == null ? null : mapLeaves(item, mask)));
        yield mapped;
      }
      case Number number -> {
        String text = number.toString();
        String masked = mask.apply(text);
        yield masked.equals(text) ? number : masked;
      }
      default -> value;
    };
  }

  /** The part of a value at a JSON Pointer (RFC 6901); null where there is none, or null. */
  static @Nullable Object at(@Nullable Object value, JsonPointer pointer) {
    @Nullable Object found = value;
    for (JsonPointer rest = pointer; found != null && !rest.matches(); rest = rest.tail()) {
      int index = rest.getMatchingIndex();
      found =
          switch (found) {
            case Map<?, ?> map -> map.get(rest.getMatchingProperty());
            case List<?> list when index >= 0 && index < list.size() -> list.get(index);
            default -> null;
          };
    }
    return found;
  }

  public RawJson write(Object value) {
    return new RawJson(mapper.writeValueAsString(value));
  }

  /** Reads a JSON array built by a query; null is an empty one. */
  public <T> List<T> list(@Nullable String array, Class<T> element) {
    return array == null ? List.of() : mapper.readerForListOf(element).readValue(array);
  }

  /** As {@link #write}, for foreign values; jsonb accepts neither NUL nor unpaired surrogates. */
  RawJson writeForeign(Object value) {
    return write(storable(value));
  }

  private static Object storable(Object value) {
    return switch (value) {
      case String text -> storable(text);
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> clean = new LinkedHashMap<>();
        map.forEach(
            (name, member) ->
                clean.put(
                    storable(String.valueOf(name)), member == null ? null : storable(member)));
        yield clean;
      }
      case List<?> list -> {
        List<@Nullable Object> clean = new ArrayList<>(list.size());
        list.forEach(item -> clean.add(item == null ? null : storable(item)));
        yield clean;
      }
      case Double number when !Double.isFinite(number) -> number.toString();
      default -> value;
    };
  }

  /** Replaces what PostgreSQL cannot store by U+FFFD. */
  static String storable(String text) {
    StringBuilder clean = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c ->
                clean.appendCodePoint(
                    c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                        ? 0xFFFD
                        : c));
    return clean.toString();
  }

  @SuppressWarnings("unchecked")
  public Map<String, @Nullable Object> members(RawJson object) {
    return (Map<String, @Nullable Object>) Objects.requireNonNull(read(object));
  }

  public Map<String, @Nullable Object> incident(Incident incident) {
    return members(write(incident));
  }

  /** The steps as expressions see them now. */
  Map<String, Map<String, @Nullable Object>> steps(ExecutionState state) {
    Map<String, Map<String, @Nullable Object>> steps = new HashMap<>();
    for (StepState step : state.steps()) {
      Map<String, @Nullable Object> view = new HashMap<>();
      view.put("status", step.status.value());
      view.put("output", step.output == null ? null : read(step.output));
      steps.put(step.step.key(), view);
    }
    return steps;
  }
}
