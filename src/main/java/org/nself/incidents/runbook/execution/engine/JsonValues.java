package org.nself.incidents.runbook.execution.engine;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.incident.Incident;
import org.nself.incidents.incident.milestone.Milestones;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/** Converts between stored JSON and the values of expressions. */
public final class JsonValues {

  private final JsonMapper mapper;
  private final ObjectReader reader;

  /** For responses of servers: accepts numbers of any length, which are converted to text. */
  private final JsonMapper foreign =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNumberLength(Integer.MAX_VALUE).build())
                  .build())
          .build();

  /**
   * @param mapper the one that writes REST responses, so that an incident's fields have the same
   *     names in expressions as in REST
   */
  public JsonValues(JsonMapper mapper) {
    this.mapper = mapper;
    this.reader =
        mapper
            .readerFor(Object.class)
            .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  @Nullable Object read(RawJson json) {
    return reader.readValue(json.text());
  }

  /**
   * The value of a text that may be JSON. Numbers are exact; one of more than {@value
   * StrictJson#MAX_DIGITS} digits is read as the text that it is written as, because PostgreSQL
   * might not store it. So are all further ones if the numbers have more than {@link
   * StrictJson#MAX_ALL_DIGITS} in all: PostgreSQL writes exponents out.
   *
   * @param otherwise the value where it is not
   * @param mask applied to each name, string and number
   */
  @Nullable Object readForeign(String text, String otherwise, UnaryOperator<String> mask) {
    if (text.isBlank()) {
      return null;
    }
    try (JsonParser parser = foreign.createParser(text)) {
      parser.nextToken();
      @Nullable Object value = new ForeignReader(parser, mask).value();
      return parser.nextToken() == null ? value : otherwise;
    } catch (JacksonException e) {
      return otherwise;
    }
  }

  private static final class ForeignReader {
    private final JsonParser parser;
    private final UnaryOperator<String> mask;
    private long digitsLeft = StrictJson.MAX_ALL_DIGITS;

    ForeignReader(JsonParser parser, UnaryOperator<String> mask) {
      this.parser = parser;
      this.mask = mask;
    }

    /** The value that begins at the current token. */
    @Nullable Object value() {
      return switch (parser.currentToken()) {
        case START_OBJECT -> {
          Map<String, @Nullable Object> members = new LinkedHashMap<>();
          while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = mask.apply(parser.currentName());
            parser.nextToken();
            members.put(name, value());
          }
          yield members;
        }
        case START_ARRAY -> {
          List<@Nullable Object> items = new ArrayList<>();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value());
          }
          yield items;
        }
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
          String text = parser.getString();
          String masked = mask.apply(text);
          yield masked.equals(text) ? number(text) : masked;
        }
        case VALUE_TRUE -> true;
        case VALUE_FALSE -> false;
        case VALUE_NULL -> null;
        default -> mask.apply(parser.getString());
      };
    }

    /** The number, or its text where it is too long. */
    private Object number(String text) {
      if (text.length() > StrictJson.MAX_DIGITS) {
        return text;
      }
      try {
        BigDecimal number = new BigDecimal(text);
        long digits =
            Math.max((long) number.precision() - number.scale(), 1)
                + Math.max((long) number.scale(), 0);
        if (digits > Math.min(StrictJson.MAX_DIGITS, digitsLeft)) {
          return text;
        }
        digitsLeft -= digits;
        return number;
      } catch (NumberFormatException e) {
        // Its exponent has more than ten digits.
        return text;
      }
    }
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

  public Map<String, @Nullable Object> incident(Incident incident, Milestones milestones) {
    Map<String, @Nullable Object> view = new HashMap<>(members(write(incident)));
    view.put("milestones", milestones.view());
    return view;
  }

  /** A stored value that cannot be read must fail the step that needs it, not every attempt. */
  private @Nullable Object readOutput(StepState step) {
    try {
      return read(Objects.requireNonNull(step.output));
    } catch (JacksonException e) {
      throw new ExpressionFailure(
          "the output of the step %s cannot be read".formatted(step.step.key()));
    }
  }

  /**
   * The steps as expressions see them now.
   *
   * @throws ExpressionFailure if a stored output cannot be read
   */
  Map<String, Map<String, @Nullable Object>> steps(ExecutionState state) {
    Map<String, Map<String, @Nullable Object>> steps = new HashMap<>();
    for (StepState step : state.steps()) {
      Map<String, @Nullable Object> view = new HashMap<>();
      view.put("status", step.status.value());
      view.put("output", step.output == null ? null : readOutput(step));
      steps.put(step.step.key(), view);
    }
    return steps;
  }
}
