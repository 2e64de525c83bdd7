package org.nself.incidents.expression;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts values between JSON and CEL. */
final class CelValues {

  private static final int LONG_BITS = 63;

  private CelValues() {}

  /** Converts a JSON value to CEL: numbers become Long or Double, null becomes NullValue. */
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
      case Double number -> number;
      case Float number -> number.doubleValue();
      case BigDecimal number -> number.doubleValue();
      case BigInteger number when number.bitLength() > LONG_BITS -> number.doubleValue();
      case Number number -> number.longValue();
      default -> value.toString();
    };
  }

  /** Converts a CEL value to JSON. */
  static @Nullable Object toJson(Object value) {
    return switch (value) {
      case NullValue _ -> null;
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
      case Duration duration -> seconds(duration);
      default -> value.toString();
    };
  }

  /** Formats a duration as CEL does. */
  private static String seconds(Duration duration) {
    return new BigDecimal(BigInteger.valueOf(duration.getSeconds()))
            .add(BigDecimal.valueOf(duration.getNano(), 9))
            .stripTrailingZeros()
            .toPlainString()
        + "s";
  }
}
