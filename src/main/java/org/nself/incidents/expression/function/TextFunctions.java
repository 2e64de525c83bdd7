package org.nself.incidents.expression.function;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.UnsignedLong;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.CelByteString;
import dev.cel.runtime.CelFunctionBinding;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code urlEncode}, and {@code string} and {@code duration} of the standard. */
public final class TextFunctions {

  /** Of what the standard does not declare. */
  public static final List<CelFunctionDecl> DECLARATIONS =
      List.of(
          CelFunctionDecl.newFunctionDeclaration(
              "urlEncode",
              CelOverloadDecl.newGlobalOverload(
                  "url_encode_string", SimpleType.STRING, SimpleType.STRING)));

  public static final ImmutableSet<CelFunctionBinding> BINDINGS =
      ImmutableSet.<CelFunctionBinding>builder()
          .addAll(single("urlEncode", "url_encode_string", TextFunctions::urlEncode))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "string",
                  CelFunctionBinding.from("string_to_string", String.class, text -> text),
                  CelFunctionBinding.from("int64_to_string", Long.class, String::valueOf),
                  CelFunctionBinding.from("uint64_to_string", UnsignedLong.class, String::valueOf),
                  CelFunctionBinding.from("double_to_string", Double.class, TextFunctions::plain),
                  CelFunctionBinding.from("bool_to_string", Boolean.class, String::valueOf),
                  CelFunctionBinding.from(
                      "bytes_to_string", CelByteString.class, CelByteString::toStringUtf8),
                  CelFunctionBinding.from("timestamp_to_string", Instant.class, String::valueOf),
                  CelFunctionBinding.from(
                      "duration_to_string", Duration.class, TextFunctions::seconds)))
          .addAll(
              CelFunctionBinding.fromOverloads(
                  "duration",
                  CelFunctionBinding.from(
                      "string_to_duration", String.class, TextFunctions::duration),
                  CelFunctionBinding.from("duration_to_duration", Duration.class, same -> same)))
          .build();

  private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]*)?)(ns|us|µs|ms|s|m|h)");
  private static final int MAX_SHOWN = 40;

  /** Reading a duration takes quadratic time. */
  private static final int MAX_DURATION_LENGTH = 64;

  private TextFunctions() {}

  private static ImmutableSet<CelFunctionBinding> single(
      String name,
      String overload,
      dev.cel.runtime.CelFunctionOverload.Unary<String> implementation) {
    return CelFunctionBinding.fromOverloads(
        name, CelFunctionBinding.from(overload, String.class, implementation));
  }

  /** Encodes everything but the unreserved characters of RFC 3986. */
  public static String urlEncode(String value) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if ((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '-'
          || c == '.'
          || c == '_'
          || c == '~') {
        encoded.append(c);
      } else {
        encoded.append('%').append(Character.toUpperCase(Character.forDigit(c >> 4, 16)));
        encoded.append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
      }
    }
    return encoded.toString();
  }

  /**
   * The shortest decimal that reads back as the same double, without an exponent and without a zero
   * after the point.
   */
  public static String plain(double number) {
    if (!Double.isFinite(number)) {
      return String.valueOf(number);
    }
    BigDecimal decimal = BigDecimal.valueOf(number);
    return (decimal.scale() > 0 ? decimal.stripTrailingZeros() : decimal).toPlainString();
  }

  /** Formats a duration as CEL does. */
  public static String seconds(Duration duration) {
    return new BigDecimal(BigInteger.valueOf(duration.getSeconds()))
            .add(BigDecimal.valueOf(duration.getNano(), 9))
            .stripTrailingZeros()
            .toPlainString()
        + "s";
  }

  /**
   * A duration as CEL writes it ({@code 1h30m}), or as ISO 8601 does ({@code PT1H30M}).
   *
   * @throws IllegalArgumentException if it is neither, or has more than 64 characters
   */
  public static Duration duration(String text) {
    try {
      if (text.length() > MAX_DURATION_LENGTH) {
        throw new IllegalArgumentException("more than 64 characters");
      }
      if (text.startsWith("P") || text.startsWith("-P")) {
        return Duration.parse(text);
      }
      boolean negative = text.startsWith("-");
      Duration sum = sum(negative ? text.substring(1) : text);
      return negative ? sum.negated() : sum;
    } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
      throw new IllegalArgumentException(
          "'%s' is not a duration; write it as 90s, 1h30m or PT1H30M"
              .formatted(text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text),
          e);
    }
  }

  private static Duration sum(String parts) {
    if (parts.equals("0")) {
      return Duration.ZERO;
    }
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(parts);
    int end = 0;
    do {
      if (!part.region(end, parts.length()).lookingAt()) {
        throw new IllegalArgumentException("no duration");
      }
      sum =
          sum.plusNanos(new BigDecimal(part.group(1)).multiply(nanosOf(part.group(2))).longValue());
      end = part.end();
    } while (end < parts.length());
    return sum;
  }

  private static BigDecimal nanosOf(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "ns" -> 1L;
          case "us", "µs" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "m" -> 60_000_000_000L;
          default -> 3_600_000_000_000L;
        });
  }
}
