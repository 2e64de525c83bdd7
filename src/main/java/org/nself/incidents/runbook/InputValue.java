package org.nself.incidents.runbook;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** The values that an input of a runbook can have: texts, whole numbers and booleans. */
public final class InputValue {

  private static final int LONG_BITS = 63;

  private InputValue() {}

  /**
   * A value from outside as a String, a Long or a Boolean, whichever class of number it came as;
   * null where it is none of these.
   */
  public static @Nullable Object of(Object given) {
    return switch (given) {
      case String text -> text;
      case Boolean flag -> flag;
      case Integer number -> number.longValue();
      case Long number -> number;
      case BigInteger number when number.bitLength() <= LONG_BITS -> number.longValue();
      default -> null;
    };
  }
}
