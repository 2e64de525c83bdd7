package org.nself.incidents.expression;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.function.TextFunctions;

/** Converts values between JSON and CEL. */
final class CelValues {

  private static final int LONG_BITS = 63;
  private static final int UNSIGNED_BITS = 64;

  private CelValues() {}

  /**
   * Converts a JSON value to CEL. Null becomes NullValue; whole numbers become int, or uint above
   * its range, others double. A number that none of these holds becomes text, so that it is never
   * silently another one.
   */
  static Object toCel(@Nullable Object value) {
    return switch (value) {
      case null -> NullValue.NULL_VALUE;
      case Map<?, ?> map -> {
        Map<String, Object> members = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((name, member) -> members.put(String.valueOf(name), toCel(member)));
        yield members;
      }
      case Iterable<?> list -> {
        List<Object> items = new ArrayList<>();
        list.forEach(item -> items.add(toCel(item)));
        yield items;
      }
      case Boolean flag -> flag;
      case Instant time -> time;
      case Double number -> number;
      case Float number -> number.doubleValue();
      case BigDecimal number when Double.isFinite(number.doubleValue()) -> number.doubleValue();
      case BigDecimal number -> number.toPlainString();
      case BigInteger number when number.bitLength() <= LONG_BITS -> number.longValue();
      case BigInteger number when number.signum() > 0 && number.bitLength() <= UNSIGNED_BITS ->
          UnsignedLong.valueOf(number);
      case BigInteger number -> number.toString();
      case Number number -> number.longValue();
      default -> value.toString();
    };
  }

  /** Converts a CEL value to JSON. */
  static @Nullable Object toJson(Object value) {
    return switch (value) {
      case NullValue _ -> null;
      case Optional<?> optional -> optional.map(CelValues::toJson).orElse(null);
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        map.forEach((name, member) -> members.put(String.valueOf(toJson(name)), toJson(member)));
        yield members;
      }
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.forEach(item -> items.add(toJson(item)));
        yield items;
      }
      case UnsignedLong number -> number.bigIntegerValue();
      case CelByteString bytes -> bytes.toStringUtf8();
      case String text -> text;
      case Boolean flag -> flag;
      case Long number -> number;
      // JSON cannot represent NaN and infinity.
      case Double number when Double.isFinite(number) -> number;
      case Duration duration -> TextFunctions.seconds(duration);
      default -> value.toString();
    };
  }

  /** Replaces doubles in a value of {@link #toJson} by decimals, which are written plainly. */
  static @Nullable Object withDecimals(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        map.forEach((name, member) -> members.put(String.valueOf(name), withDecimals(member)));
        yield members;
      }
      case List<?> list -> {
        List<@Nullable Object> items = new ArrayList<>();
        list.forEach(item -> items.add(withDecimals(item)));
        yield items;
      }
      case Double number when Double.isFinite(number) ->
          new BigDecimal(TextFunctions.plain(number));
      case null, default -> value;
    };
  }
}
