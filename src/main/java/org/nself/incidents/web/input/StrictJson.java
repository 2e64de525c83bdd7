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
import org.slf4j.MDC;
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
  private static final int MAX_REASON = 200;

  /**
   * PostgreSQL's numeric holds 131,072 digits before the point; no real value needs more than this.
   */
  public static final int MAX_DIGITS = 400;

  /** Of all numbers of a document: more than any value of 64 KiB can have. */
  public static final int MAX_ALL_DIGITS = 64 * 1024;

  /**
   * Names, values, and beginnings and ends of objects and lists in a document. A value of 64 KiB
   * has fewer; as objects these take about 5 MiB.
   */
  public static final int MAX_TOKENS = 50_000;

  private static final Pattern CLAUSE_END = Pattern.compile(": | \\(start marker|, from `|\n");

  private static final TypeReference<LinkedHashMap<String, @Nullable Object>> OBJECT =
      new TypeReference<>() {};

  /** Longer bodies take more than a few milliseconds. */
  private static final int MAX_INLINE_BYTES = 64 * 1024;

  private final ProcessorPool pool;

  private final JsonMapper mapper = mapper(Long.MAX_VALUE);

  private final JsonMapper plain =
      mapper.rebuild().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private final ObjectReader untrusted = mapper(MAX_TOKENS).readerFor(OBJECT);

  /** For values from jsonb, which are validated and have no duplicate names. */
  private final ObjectReader trusted =
      mapper.readerFor(OBJECT).without(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

  /** Parses in the thread of the caller. */
  public StrictJson() {
    this(ProcessorPool.NONE);
  }

  /**
   * @param pool parses long bodies
   */
  public StrictJson(ProcessorPool pool) {
    this.pool = pool;
  }

  private static JsonMapper mapper(long maxTokens) {
    return JsonMapper.builder(
            JsonFactory.builder()
                .streamReadConstraints(
                    StreamReadConstraints.builder()
                        // The levels of the body around the value count too.
                        .maxNestingDepth(MAX_DEPTH + 16)
                        .maxNumberLength(MAX_DIGITS)
                        .maxTokenCount(maxTokens)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build())
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
        .build();
  }

  /**
   * The members of a JSON object.
   *
   * @param utf8 a whole body
   * @throws ApiException {@code invalid} with status 400, where it is not one JSON object in UTF-8
   *     without repeated names
   */
  public Map<String, @Nullable Object> parseObject(byte[] utf8) {
    return parseObject(utf8, String.valueOf(MDC.get("account")));
  }

  /**
   * Like {@link #parseObject(byte[])}, in a thread without the logging context of a request.
   *
   * @param account whose turn of the processor pool a long body uses
   */
  public Map<String, @Nullable Object> parseObject(byte[] utf8, String account) {
    return utf8.length <= MAX_INLINE_BYTES ? parse(utf8) : pool.run(account, () -> parse(utf8));
  }

  private Map<String, @Nullable Object> parse(byte[] utf8) {
    String text = decodeUtf8(utf8);
    if (text.isBlank()) {
      throw ApiException.malformed("The body is empty; send a JSON object");
    }
    if (hasTooManyDigits(text)) {
      throw ApiException.malformed(
          "The body is not accepted: its numbers have more than %,d digits in all"
              .formatted(MAX_ALL_DIGITS));
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

  /** Whether the numbers of a document have too many digits in all; it need not be JSON. */
  private static boolean hasTooManyDigits(String json) {
    if (json.length() <= MAX_ALL_DIGITS) {
      return false;
    }
    int digits = 0;
    boolean inString = false;
    for (int i = 0; i < json.length(); i++) {
      char c = json.charAt(i);
      if (c == '"') {
        inString = !inString;
      } else if (inString) {
        // What is escaped does not end the string.
        i += c == '\\' ? 1 : 0;
      } else if (c >= '0' && c <= '9' && ++digits > MAX_ALL_DIGITS) {
        return true;
      }
    }
    return false;
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
    String position = "";
    try {
      // Jackson would detect UTF-16 and UTF-32 and accept overlong forms.
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
      @Nullable Map<String, @Nullable Object> object = untrusted.readValue(text);
      if (object != null) {
        return object;
      }
    } catch (CharacterCodingException e) {
      position = " in UTF-8";
    } catch (JacksonException e) {
      position = position(e);
    }
    throw new IllegalArgumentException("is not a JSON object" + position);
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
    if (check(value, 1) > MAX_ALL_DIGITS) {
      throw new IllegalArgumentException(
          "must not contain numbers of more than %,d digits in all".formatted(MAX_ALL_DIGITS));
    }
    RawJson json = write(value);
    int bytes = json.text().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "must have at most %,d bytes as JSON, not %,d".formatted(MAX_BYTES, bytes));
    }
    return json;
  }

  /** How many digits its numbers have as PostgreSQL writes them, without exponents. */
  private static long check(@Nullable Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("must be nested at most " + MAX_DEPTH + " levels deep");
    }
    long digits = 0;
    switch (value) {
      case String text -> check(text);
      case Map<?, ?> map -> {
        for (Map.Entry<?, ?> member : map.entrySet()) {
          check(String.valueOf(member.getKey()));
          digits += check(member.getValue(), depth + 1);
        }
      }
      case Collection<?> list -> {
        for (Object item : list) {
          digits += check(item, depth + 1);
        }
      }
      case BigDecimal number -> {
        long precision = number.precision();
        long scale = number.scale();
        check(Math.abs(precision - scale) + Math.abs(scale));
        digits = scale > 0 ? Math.max(precision, scale + 1) : precision - scale;
      }
      case BigInteger number -> digits = check(new BigDecimal(number).precision());
      case Double number when number.isNaN() || number.isInfinite() ->
          throw new IllegalArgumentException("must not contain a number that JSON cannot write");
      // A double is written with an exponent, which PostgreSQL writes out.
      case Double number -> digits = check(Math.abs(Math.getExponent(number)) / 3 + 17);
      case null, default -> {}
    }
    return digits;
  }

  private static long check(long digits) {
    if (digits > MAX_DIGITS) {
      throw new IllegalArgumentException(
          "must not contain a number of more than " + MAX_DIGITS + " digits");
    }
    return digits;
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
    if (line.startsWith("Token count")) {
      return "it has more than %,d names and values".formatted(MAX_TOKENS) + position(e);
    }
    if (e instanceof StreamConstraintsException) {
      line = line.replaceFirst(" exceeds .*", " exceeds the limit");
    }
    // It may quote a name of any length.
    return (line.length() > MAX_REASON ? line.substring(0, MAX_REASON) + "…" : line) + position(e);
  }

  private static String position(JacksonException e) {
    var location = e.getLocation();
    return location == null || location.getLineNr() < 1
        ? ""
        : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
  }
}
