package org.nself.incidents.contract;

import java.io.ByteArrayOutputStream;

/** Writes JSON that is valid in form but may have what no library writes. */
final class UnusualJson {

  private UnusualJson() {}

  /**
   * A string literal.
   *
   * @param escaped whether all that is not ASCII is escaped
   */
  static String quote(String text, boolean escaped) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || (escaped && c > '~')) {
        json.append("\\u%04x".formatted((int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  /** UTF-8, and for a lone surrogate the three bytes that are invalid there. */
  static byte[] encode(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int i = 0;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c < 0x80) {
        bytes.write(c);
      } else if (c < 0x800) {
        bytes.write(0xc0 | (c >> 6));
        bytes.write(0x80 | (c & 0x3f));
      } else if (c < 0x10000) {
        bytes.write(0xe0 | (c >> 12));
        bytes.write(0x80 | ((c >> 6) & 0x3f));
        bytes.write(0x80 | (c & 0x3f));
      } else {
        bytes.write(0xf0 | (c >> 18));
        bytes.write(0x80 | ((c >> 12) & 0x3f));
        bytes.write(0x80 | ((c >> 6) & 0x3f));
        bytes.write(0x80 | (c & 0x3f));
      }
    }
    return bytes.toByteArray();
  }

  static String nested(int depth, boolean arrays) {
    return arrays
        ? "[".repeat(depth) + "]".repeat(depth)
        : "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
  }
}
