package org.nself.incidents.web.paging;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.nself.incidents.web.error.ApiException;

/**
 * A position in an ordered list, as an opaque text: the sort key of a row. It has a checksum over
 * the list that it was made for, so that one that was changed, cut off or taken from another list
 * is refused instead of returning a page of something else. It is no secret and grants nothing: the
 * account is never taken from it.
 */
public final class Cursor {

  static final int MAX_LENGTH = 1000;
  private static final int CHECKSUM_BYTES = 6;
  private static final char SEPARATOR = '\u001f';

  private Cursor() {}

  /**
   * @param list names the account, the kind of list and its order
   * @param key the values that place a row in it
   */
  public static String encode(String list, List<String> key) {
    byte[] text = String.join(String.valueOf(SEPARATOR), key).getBytes(StandardCharsets.UTF_8);
    byte[] checksum = checksum(list, text);
    byte[] all = Arrays.copyOf(checksum, CHECKSUM_BYTES + text.length);
    System.arraycopy(text, 0, all, CHECKSUM_BYTES, text.length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
  }

  /** What a value of a key must be, so that the database accepts it. */
  public enum Type {
    TEXT {
      @Override
      Object parse(String text) {
        if (text.indexOf(0) >= 0) {
          throw new IllegalArgumentException("NUL cannot be stored");
        }
        return text;
      }
    },
    UUID {
      @Override
      Object parse(String text) {
        java.util.UUID id = java.util.UUID.fromString(text);
        if (!id.toString().equals(text)) {
          throw new IllegalArgumentException("not the canonical form of a UUID");
        }
        return id;
      }
    },
    /** Within the range of timestamptz. */
    INSTANT {
      @Override
      Object parse(String text) {
        Instant instant = Instant.parse(text);
        if (instant.isBefore(MIN_INSTANT) || instant.isAfter(MAX_INSTANT)) {
          throw new IllegalArgumentException("out of range");
        }
        return instant;
      }
    },
    SMALLINT {
      @Override
      Object parse(String text) {
        return Short.parseShort(text);
      }
    },
    /** From 0. */
    BIGINT {
      @Override
      Object parse(String text) {
        long value = Long.parseLong(text);
        if (value < 0) {
          throw new IllegalArgumentException("negative");
        }
        return value;
      }
    };

    private static final Instant MIN_INSTANT = Instant.parse("-4712-01-01T00:00:00Z");
    private static final Instant MAX_INSTANT = Instant.parse("+294276-12-31T23:59:59Z");

    /**
     * @throws IllegalArgumentException or {@link DateTimeException}, if the text is no such value
     */
    abstract Object parse(String text);
  }

  /**
   * Returns the key of the row at which the cursor stands.
   *
   * @param field the argument that the error names
   * @param types of the values, in order. The checksum keeps out mistakes only: who knows the
   *     format can write any cursor
   * @throws ApiException {@code invalid}, if it is not a cursor of this list
   */
  public static List<Object> decode(String list, String field, String cursor, List<Type> types) {
    return decode(list, field, cursor, types, List.of());
  }

  /**
   * As {@link #decode(String, String, String, List)}.
   *
   * @param more types of further values, which cursors of earlier versions lack
   */
  public static List<Object> decode(
      String list, String field, String cursor, List<Type> types, List<Type> more) {
    byte[] bytes;
    try {
      bytes = cursor.length() > MAX_LENGTH ? new byte[0] : Base64.getUrlDecoder().decode(cursor);
    } catch (IllegalArgumentException e) {
      throw invalidCursor(field);
    }
    if (bytes.length < CHECKSUM_BYTES) {
      throw invalidCursor(field);
    }
    // The unused bits of the last character must be zero, as we write them.
    if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(cursor)) {
      throw invalidCursor(field);
    }
    byte[] text = Arrays.copyOfRange(bytes, CHECKSUM_BYTES, bytes.length);
    if (!Arrays.equals(checksum(list, text), Arrays.copyOf(bytes, CHECKSUM_BYTES))) {
      throw invalidCursor(field);
    }
    String[] key = new String(text, StandardCharsets.UTF_8).split(String.valueOf(SEPARATOR), -1);
    List<Type> all = new ArrayList<>(types);
    if (key.length > types.size()) {
      all.addAll(more);
    }
    if (key.length != all.size()) {
      throw invalidCursor(field);
    }
    List<Object> values = new ArrayList<>(key.length);
    try {
      for (int i = 0; i < key.length; i++) {
        values.add(all.get(i).parse(key[i]));
      }
    } catch (IllegalArgumentException | DateTimeException e) {
      throw invalidCursor(field);
    }
    return values;
  }

  private static ApiException invalidCursor(String field) {
    return ApiException.malformed(
        field, "is not a cursor of this list; pass one as it was given, with the same order");
  }

  private static byte[] checksum(String list, byte[] text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(list.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      return Arrays.copyOf(digest.digest(text), CHECKSUM_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
