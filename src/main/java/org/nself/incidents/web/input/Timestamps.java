package org.nself.incidents.web.input;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Formats timestamps for the API: RFC 3339 in UTC with six fractional digits. */
public final class Timestamps {

  private static final byte[] FORM =
      "0000-00-00T00:00:00.000000Z".getBytes(StandardCharsets.ISO_8859_1);

  private Timestamps() {}

  /**
   * Such as {@code 2026-03-01T02:59:07.000000Z}. Written by hand, because a DateTimeFormatter would
   * dominate the time for writing a list.
   */
  public static String format(Instant instant) {
    LocalDateTime time = LocalDateTime.ofEpochSecond(instant.getEpochSecond(), 0, ZoneOffset.UTC);
    byte[] text = FORM.clone();
    digits(text, 0, 4, time.getYear());
    digits(text, 5, 2, time.getMonthValue());
    digits(text, 8, 2, time.getDayOfMonth());
    digits(text, 11, 2, time.getHour());
    digits(text, 14, 2, time.getMinute());
    digits(text, 17, 2, time.getSecond());
    digits(text, 20, 6, instant.getNano() / 1000);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static void digits(byte[] text, int start, int count, int value) {
    int rest = value;
    for (int i = start + count - 1; i >= start; i--) {
      text[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
