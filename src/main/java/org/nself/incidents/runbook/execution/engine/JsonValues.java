package org.nself.incidents.runbook.execution.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.web.input.RawJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** Values between JSON as it is stored and expressions. */
public final class JsonValues {

  private final JsonMapper mapper;
  private final ObjectReader reader;

  /**
   * @param mapper the one that writes REST's answers, so that an incident has the names in
   *     expressions that it has there
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

  /** The value of a text that may be JSON; the text itself where it is none. */
  @Nullable Object readOrKeep(String text) {
    try {
      return text.isBlank() ? null : reader.readValue(text);
    } catch (JacksonException e) {
      return text;
    }
  }

  public RawJson write(Object value) {
    return new RawJson(mapper.writeValueAsString(value));
  }

  /** The elements of an array that the database made; none for null. */
  public <T> List<T> list(@Nullable String array, Class<T> element) {
    return array == null ? List.of() : mapper.readerForListOf(element).readValue(array);
  }

  /** As {@link #write}, of what came from outside; jsonb holds neither NUL nor half a pair. */
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

  /** The text with U+FFFD for what PostgreSQL cannot hold. */
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
    return (Map<String, @Nullable Object>) java.util.Objects.requireNonNull(read(object));
  }

  public Map<String, @Nullable Object> incident(Incident incident) {
    return members(write(incident));
  }

  /** What expressions see of the steps now. */
  Map<String, Map<String, @Nullable Object>> steps(ExecutionState state) {
    Map<String, Map<String, @Nullable Object>> steps = new HashMap<>();
    for (StepState step : state.steps()) {
      Map<String, @Nullable Object> seen = new HashMap<>();
      seen.put("status", step.status.word());
      seen.put("output", step.output == null ? null : read(step.output));
      steps.put(step.step.key(), seen);
    }
    return steps;
  }
}
