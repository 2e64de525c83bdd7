package org.nself.incidents.web.input;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;

/** Parses JSON from requests strictly, and writes values as JSON. */
public final class StrictJson {

  private static final int MAX_DEPTH = 32;
  private static final int MAX_BYTES = 64 * 1024;

  /**
   * PostgreSQL's numeric holds 131,072 digits before the point; no real value needs more than this.
   */
  public static final int MAX_DIGITS = 400;

  private static final Pattern CLAUSE_END = Pattern.compile(": | \\(start marker|, from `|\n");

  private static final TypeReference<LinkedHashMap<String, @Nullable Object>> OBJECT =
      new TypeReference<>() {};

  private final JsonMapper mapper =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          // The levels of the body around the value count too.
                          .maxNestingDepth(MAX_DEPTH + 16)
                          .maxNumberLength(MAX_DIGITS)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final JsonMapper plain =
      mapper.rebuild().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private final ObjectReader untrusted = mapper.readerFor(OBJECT);

  /** For values from jsonb, which are validated and have no duplicate names. */
  private final ObjectReader trusted =
      untrusted.without(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

  /**
   * The members of a JSON object.
   *
   * @param utf8 a whole body
   * @throws ApiException {@code invalid} with status 400, where it is not one JSON object in UTF-8
   *     without repeated names
   */
  public Map<String, @Nullable Object> parseObject(byte[] utf8) {
    String text = decodeUtf8(utf8);
    if (text.isBlank()) {
      throw ApiException.malformed("The body is empty; send a JSON object");
    }
    try {
      @Nullable Map<String, @Nullable Object> object = untrusted.readValue(text);
      if (object != null) {
        return object;
      }
    } catch (MismatchedInputException e) {
      // Another JSON value, or several; the parser's message would name Java classes.
    } catch (JacksonException e) {
      throw ApiException.malformed("The body is not JSON: " + reason(e));
    }
    throw ApiException.malformed("The body must be one JSON object");
  }

  /**
   * Jackson would also accept UTF-16 and overlong encodings. A byte order mark is ignored, as RFC
   * 8259 allows.
   */
  private static String decodeUtf8(byte[] utf8) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw ApiException.malformed("The body is not UTF-8");
    }
  }

  /**
   * The members of a JSON object that is not a request's body.
   *
   * @throws IllegalArgumentException if it is not, with the position. The message never quotes the
   *     text, which may contain a secret
   */
  public Map<String, @Nullable Object> parseMembers(byte[] utf8) {
    String place = "";
    try {
      // Jackson would detect UTF-16 and UTF-32 and accept overlong forms.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
      @Nullable Map<String, @Nullable Object> object = untrusted.readValue(text);
      if (object != null) {
        return object;
      }
    } catch (CharacterCodingException e) {
      place = " in UTF-8";
    } catch (JacksonException e) {
      place = position(e);
    }
    throw new IllegalArgumentException("is not a JSON object" + place);
  }

  /** Writes the value as JSON. */
  public RawJson write(Object value) {
    return new RawJson(mapper.writeValueAsString(value));
  }

  /** Writes the value as JSON text whose numbers have no exponents. */
  public String writePlain(@Nullable Object value) {
    return plain.writeValueAsString(value);
  }

  /** Parses a JSON object that this service wrote. */
  public Map<String, @Nullable Object> read(RawJson json) {
    return trusted.readValue(json.text());
  }

  /**
   * Validates a value from a request and writes it as JSON that PostgreSQL's jsonb accepts.
   *
   * @throws IllegalArgumentException with the error
   */
  RawJson validate(Object value) {
    check(value, 1);
    RawJson json = write(value);
    int bytes = json.text().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "must have at most %,d bytes as JSON, not %,d".formatted(MAX_BYTES, bytes));
    }
    return json;
  }

  private static void check(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("must be nested at most " + MAX_DEPTH + " levels deep");
    }
    switch (value) {
      case String text -> check(text);
      case Map<?, ?> map ->
          map.forEach(
              (name, member) -> {
                check(String.valueOf(name));
                check(member, depth + 1);
              });
      case Collection<?> list -> list.forEach(item -> check(item, depth + 1));
      case BigDecimal number ->
          check(
              Math.abs((long) number.precision() - number.scale())
                  + Math.abs((long) number.scale()));
      case BigInteger number -> check(new BigDecimal(number).precision());
      case Double number when number.isNaN() || number.isInfinite() ->
          throw new IllegalArgumentException("must not contain a number that JSON cannot write");
      case null, default -> {}
    }
  }

  private static void check(long digits) {
    if (digits > MAX_DIGITS) {
      throw new IllegalArgumentException(
          "must not contain a number of more than " + MAX_DIGITS + " digits");
    }
  }

  private static void check(String text) {
    @Nullable String fault = Strings.storageErrorIn(text);
    if (fault != null) {
      throw new IllegalArgumentException(fault);
    }
  }

  /** The first clause of the parser's message; the rest names its classes and settings. */
  private static String reason(JacksonException e) {
    String line = CLAUSE_END.split(e.getOriginalMessage(), 2)[0];
    if (e instanceof StreamConstraintsException) {
      line = line.replaceFirst(" exceeds .*", " exceeds the limit");
    }
    return line + position(e);
  }

  private static String position(JacksonException e) {
    var location = e.getLocation();
    return location == null || location.getLineNr() < 1
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }
}
