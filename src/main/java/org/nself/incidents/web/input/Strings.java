package org.nself.incidents.web.input;

import java.text.Normalizer;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Validates and shortens strings: PostgreSQL cannot store NUL and lone surrogates. */
public final class Strings {

  private static final Pattern UUID_FORM =
      Pattern.compile(
          "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

  private Strings() {}

  /**
   * The text in Unicode's normal form C: the same text can be written in several ways, and must be
   * stored and compared in one.
   */
  public static String normalize(String text) {
    return Normalizer.isNormalized(text, Normalizer.Form.NFC)
        ? text
        : Normalizer.normalize(text, Normalizer.Form.NFC);
  }

  /** The text, or its beginning with … at its end: at most so many characters (code points). */
  public static String cut(String text, int max) {
    return text.codePointCount(0, text.length()) <= max
        ? text
        : text.substring(0, text.offsetByCodePoints(0, max - 1)) + '…';
  }

  /**
   * The error of a text, to follow the name of the field in a message; null if it is valid.
   *
   * @param max the maximum number of characters (code points)
   */
  static @Nullable String errorIn(String text, int max) {
    if (text.isBlank()) {
      return "must not be empty";
    }
    int length = text.codePointCount(0, text.length());
    if (length > max) {
      return "must have at most %,d characters, not %,d".formatted(max, length);
    }
    return storageErrorIn(text);
  }

  /** Like {@link #errorIn}, without a length limit. */
  static @Nullable String storageErrorIn(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        return "must not contain a NUL character";
      }
      if (Character.isSurrogate(c)) {
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          return "must not contain half of a surrogate pair";
        }
      }
    }
    return null;
  }

  /**
   * Parses a UUID in its canonical form only; {@link UUID#fromString} accepts shorter ones. Null if
   * it is not one.
   */
  public static @Nullable UUID uuid(String text) {
    return UUID_FORM.matcher(text).matches() ? UUID.fromString(text) : null;
  }
}
