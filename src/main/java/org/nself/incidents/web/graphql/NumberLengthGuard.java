package org.nself.incidents.web.graphql;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.StrictJson;

/**
 * Finds overlong numbers in a document before it is parsed: graphql-java takes seconds to scan and
 * to convert a number of 100,000 digits, and minutes for a million digits.
 */
final class NumberLengthGuard {

  private NumberLengthGuard() {}

  /**
   * Describes the error if a number outside of strings and comments is too long, or all of them
   * are; null if there is none.
   */
  static @Nullable String findError(String document) {
    int at = 0;
    int digits = 0;
    while (at < document.length()) {
      char c = document.charAt(at);
      if (c == '"') {
        at =
            document.startsWith("\"\"\"", at)
                ? blockEnd(document, at + 3)
                : stringEnd(document, at);
      } else if (c == '#') {
        at = lineEnd(document, at);
      } else if (c >= '0' && c <= '9') {
        int end = digitsEnd(document, at);
        if (end - at > StrictJson.MAX_DIGITS) {
          return "A number has more than %d digits".formatted(StrictJson.MAX_DIGITS);
        }
        digits += end - at;
        if (digits > StrictJson.MAX_ALL_DIGITS) {
          return "The numbers have more than %,d digits in all"
              .formatted(StrictJson.MAX_ALL_DIGITS);
        }
        at = end;
      } else {
        at++;
      }
    }
    return null;
  }

  private static int blockEnd(String document, int start) {
    int end = document.indexOf("\"\"\"", start);
    while (end > 0 && document.charAt(end - 1) == '\\') {
      end = document.indexOf("\"\"\"", end + 3);
    }
    return end < 0 ? document.length() : end + 3;
  }

  private static int stringEnd(String document, int start) {
    for (int at = start + 1; at < document.length(); at++) {
      switch (document.charAt(at)) {
        case '"', '\n' -> {
          return at + 1;
        }
        case '\\' -> at++;
        default -> {}
      }
    }
    return document.length();
  }

  private static int lineEnd(String document, int start) {
    int end = document.indexOf('\n', start);
    return end < 0 ? document.length() : end;
  }

  private static int digitsEnd(String document, int start) {
    int end = start;
    while (end < document.length() && document.charAt(end) >= '0' && document.charAt(end) <= '9') {
      end++;
    }
    return end;
  }
}
