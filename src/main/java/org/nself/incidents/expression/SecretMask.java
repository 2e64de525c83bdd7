package org.nself.incidents.expression;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Masks secrets in what a server sent: the whole value, in any case, also escaped as in JSON, HTML
 * or a URL (one in another, too) and in Base64 or hexadecimal digits. A part of a value is never
 * masked: whether it is would tell how the value begins.
 */
public final class SecretMask {

  /** How many escapings can be nested in each other. */
  private static final int MAX_NESTING = 3;

  /** A shorter part of a Base64 text would occur by chance. */
  private static final int MIN_BASE64 = 5;

  private static final int MIN_CUT = 256;
  private static final int HEX_DIGITS_OF_UNICODE = 4;
  private static final int MAX_REFERENCE = 10;

  private static final Map<String, String> HTML_NAMES =
      Map.of(
          "amp", "&", "lt", "<", "gt", ">", "quot", "\"", "apos", "'", "nbsp", "\u00a0", "sol", "/",
          "plus", "+", "equals", "=");

  /** A text to find. */
  private record Needle(String text, boolean anyCase, String name) {}

  /**
   * A text with, for each of its characters, where its source begins and ends.
   *
   * @param ends exclusive
   */
  @SuppressWarnings(
      "ArrayRecordComponent") // Never compared; lists of boxed numbers would be large.
  private record View(String text, int[] starts, int[] ends) {}

  private enum Escaping {
    JSON,
    URL,
    HTML
  }

  /** The longest first, because a secret can be a part of another. */
  private final List<Needle> needles;

  private final Set<String> unreadable;
  private final int longest;

  /**
   * @param values by the name of the secret
   * @param unreadable the names of secrets whose values are not known
   */
  SecretMask(Map<String, Set<String>> values, Set<String> unreadable) {
    Map<String, Needle> byText = new LinkedHashMap<>();
    values.forEach(
        (name, all) ->
            all.forEach(
                value ->
                    needles(value, name)
                        .forEach(
                            needle ->
                                byText.putIfAbsent(needle.anyCase() + needle.text(), needle))));
    this.needles =
        byText.values().stream()
            .sorted(Comparator.comparingInt((Needle needle) -> needle.text().length()).reversed())
            .toList();
    this.unreadable = unreadable;
    this.longest = needles.isEmpty() ? 0 : needles.getFirst().text().length();
  }

  private static List<Needle> needles(String value, String name) {
    List<Needle> needles = new ArrayList<>();
    needles.add(new Needle(lower(value), true, name));
    needles.add(new Needle(lower(value.replace(' ', '+')), true, name));
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    needles.add(new Needle(HexFormat.of().formatHex(bytes), true, name));
    for (int offset = 0; offset <= 2; offset++) {
      String base64 = base64(bytes, offset);
      if (base64.length() >= MIN_BASE64) {
        needles.add(new Needle(base64, false, name));
        needles.add(new Needle(base64.replace('+', '-').replace('/', '_'), false, name));
      }
    }
    return needles;
  }

  /**
   * Returns the characters of a Base64 text that the bytes determine.
   *
   * @param offset how many bytes precede them, modulo 3
   */
  private static String base64(byte[] bytes, int offset) {
    byte[] padded = new byte[offset + bytes.length];
    System.arraycopy(bytes, 0, padded, offset, bytes.length);
    String text = Base64.getEncoder().withoutPadding().encodeToString(padded);
    int first = offset == 0 ? 0 : offset + 1;
    int last = padded.length % 3 == 0 ? text.length() : text.length() - 1;
    return text.substring(first, last);
  }

  /** By character, so that positions stay the same. */
  private static String lower(String text) {
    StringBuilder lower = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      lower.append(Character.toLowerCase(Character.toUpperCase(text.charAt(i))));
    }
    return lower.toString();
  }

  /** The replacement for a masked secret; without double quotes, so that JSON stays valid. */
  private static String maskOf(String name) {
    return "${secret('" + name + "')}";
  }

  /** Masks a text that was cut. Its end is removed, because it can be the beginning of a secret. */
  public String maskTruncated(String text) {
    if (needles.isEmpty()) {
      return mask(text);
    }
    // A multiple that hides the length; six characters are the longest escape of one.
    long cut = Math.max(MIN_CUT, Long.highestOneBit(6L * longest) * 2);
    return mask(text.substring(0, (int) Math.max(0, text.length() - cut)));
  }

  /** Returns the text with every secret masked. */
  public String mask(String text) {
    if (!unreadable.isEmpty()) {
      return "(not recorded: the secret %s cannot be read to mask it)"
          .formatted(String.join(", ", unreadable));
    }
    if (needles.isEmpty() || text.length() < Secrets.MIN_LENGTH) {
      return text;
    }
    @Nullable String[] replacements = new @Nullable String[text.length()];
    BitSet masked = new BitSet();
    Set<String> seen = new HashSet<>();
    List<View> views = List.of(identity(text));
    seen.add(text);
    for (int level = 0; !views.isEmpty(); level++) {
      List<View> next = new ArrayList<>();
      for (View view : views) {
        find(view, replacements, masked);
        for (Escaping escaping : Escaping.values()) {
          if (level < MAX_NESTING) {
            @Nullable View decoded = decode(view, escaping);
            if (decoded != null && seen.add(decoded.text())) {
              next.add(decoded);
            }
          }
        }
      }
      views = next;
    }
    return masked.isEmpty() ? text : replace(text, replacements, masked);
  }

  private void find(View view, @Nullable String[] replacements, BitSet masked) {
    String lower = lower(view.text());
    for (Needle needle : needles) {
      String haystack = needle.anyCase() ? lower : view.text();
      int length = needle.text().length();
      for (int at = haystack.indexOf(needle.text());
          at >= 0;
          at = haystack.indexOf(needle.text(), at + length)) {
        int start = view.starts()[at];
        int end = view.ends()[at + length - 1];
        if (masked.nextClearBit(start) < end) {
          masked.set(start, end);
          replacements[start] = needle.name();
        }
      }
    }
  }

  /** Replaces each masked range by the masks that begin in it. */
  private static String replace(String text, @Nullable String[] replacements, BitSet masked) {
    StringBuilder result = new StringBuilder();
    int position = 0;
    for (int start = masked.nextSetBit(0); start >= 0; start = masked.nextSetBit(position)) {
      int end = masked.nextClearBit(start);
      result.append(text, position, start);
      @Nullable String last = null;
      for (int i = start; i < end; i++) {
        String name = replacements[i];
        if (name != null && !name.equals(last)) {
          result.append(maskOf(name));
          last = name;
        }
      }
      position = end;
    }
    return result.append(text, position, text.length()).toString();
  }

  private static View identity(String text) {
    int[] starts = new int[text.length()];
    int[] ends = new int[text.length()];
    for (int i = 0; i < text.length(); i++) {
      starts[i] = i;
      ends[i] = i + 1;
    }
    return new View(text, starts, ends);
  }

  /** Returns the view with escapes decoded; null where there are none. */
  private static @Nullable View decode(View view, Escaping escaping) {
    String text = view.text();
    char mark =
        switch (escaping) {
          case JSON -> '\\';
          case URL -> '%';
          case HTML -> '&';
        };
    if (text.indexOf(mark) < 0) {
      return null;
    }
    StringBuilder decoded = new StringBuilder(text.length());
    int[] starts = new int[text.length()];
    int[] ends = new int[text.length()];
    int position = 0;
    while (position < text.length()) {
      int length = text.charAt(position) == mark ? escapeLength(text, position, escaping) : 1;
      int start = view.starts()[position];
      int end = view.ends()[position + length - 1];
      if (length == 1) {
        starts[decoded.length()] = start;
        ends[decoded.length()] = end;
        decoded.append(text.charAt(position));
      } else {
        String value = unescape(text.substring(position, position + length), escaping);
        for (int i = 0; i < value.length(); i++) {
          starts[decoded.length()] = start;
          ends[decoded.length()] = end;
          decoded.append(value.charAt(i));
        }
      }
      position += length;
    }
    return new View(decoded.toString(), starts, ends);
  }

  /** Returns the length of the escape that begins at a position; 1 where none does. */
  private static int escapeLength(String text, int position, Escaping escaping) {
    return switch (escaping) {
      case JSON -> {
        if (position + 1 >= text.length()) {
          yield 1;
        }
        yield text.charAt(position + 1) == 'u'
            ? areHexDigits(text, position + 2, HEX_DIGITS_OF_UNICODE)
                ? 2 + HEX_DIGITS_OF_UNICODE
                : 1
            : "\"\\/bfnrt'".indexOf(text.charAt(position + 1)) >= 0 ? 2 : 1;
      }
      case URL -> {
        // A character can take several escapes.
        int end = position;
        while (end < text.length() && text.charAt(end) == '%' && areHexDigits(text, end + 1, 2)) {
          end += 3;
          if (isWholeCharacter(text.substring(position, end))) {
            break;
          }
        }
        yield Math.max(1, end - position);
      }
      case HTML -> {
        int end = position + 1;
        int last = Math.min(text.length(), position + MAX_REFERENCE);
        while (end < last && text.charAt(end) != ';') {
          end++;
        }
        yield end == last || reference(text.substring(position + 1, end)) == null
            ? 1
            : end + 1 - position;
      }
    };
  }

  private static boolean isWholeCharacter(String escapes) {
    int first = Integer.parseInt(escapes.substring(1, 3), 16);
    int bytes = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    return escapes.length() >= 3 * bytes;
  }

  private static boolean areHexDigits(String text, int start, int count) {
    if (start + count > text.length()) {
      return false;
    }
    for (int i = start; i < start + count; i++) {
      if (!HexFormat.isHexDigit(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static String unescape(String escape, Escaping escaping) {
    return switch (escaping) {
      case JSON ->
          switch (escape.charAt(1)) {
            case 'u' -> String.valueOf((char) HexFormat.fromHexDigits(escape, 2, escape.length()));
            case 'b' -> "\b";
            case 'f' -> "\f";
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            default -> escape.substring(1);
          };
      case URL -> URLDecoder.decode(escape, StandardCharsets.UTF_8);
      case HTML -> String.valueOf(reference(escape.substring(1, escape.length() - 1)));
    };
  }

  /** Returns what an HTML character reference stands for; null where it is none. */
  private static @Nullable String reference(String reference) {
    if (!reference.startsWith("#")) {
      return HTML_NAMES.get(reference.toLowerCase(Locale.ROOT));
    }
    boolean hex = reference.length() > 1 && (reference.charAt(1) | 0x20) == 'x';
    try {
      int c = Integer.parseInt(reference, hex ? 2 : 1, reference.length(), hex ? 16 : 10);
      return Character.isValidCodePoint(c) ? Character.toString(c) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
