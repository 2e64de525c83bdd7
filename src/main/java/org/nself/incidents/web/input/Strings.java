package org.nself.incidents.web.input;

import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What text from outside must be like to be stored: UTF-8 in PostgreSQL has neither NUL nor lone
 * surrogates.
 */
public final class Strings {

  private static final Pattern UUID_FORM =
      Pattern.compile(
          "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

  private Strings() {}

  /**
   * What is wrong with a text, to follow the field's name in a sentence; null where nothing is.
   *
   * @param max the most characters (code points) it may have
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

  /** As {@link #errorIn}, without regard to length. */
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
   * The UUID that this text is, in the form with four dashes only; {@link UUID#fromString} takes
   * less than that.
   */
  public static @Nullable UUID uuid(String text) {
    return UUID_FORM.matcher(text).matches() ? UUID.fromString(text) : null;
  }
}
