package org.nself.incidents.web.paging;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.nself.incidents.web.error.ApiException;

/**
 * A place in an ordered list, as an opaque text: the sort key of the row it stands at. It carries a
 * checksum over the list that it was made for, so that one that was changed, cut off or taken from
 * another list is refused instead of giving a strange page. It is no secret and grants nothing: the
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

  /**
   * The key of the row that the cursor stands at.
   *
   * @param field the argument to blame
   * @throws ApiException {@code invalid}, where it was not written for this list
   */
  public static List<String> decode(String list, String field, String cursor) {
    byte[] all;
    try {
      all = cursor.length() > MAX_LENGTH ? new byte[0] : Base64.getUrlDecoder().decode(cursor);
    } catch (IllegalArgumentException e) {
      throw invalidCursor(field);
    }
    if (all.length < CHECKSUM_BYTES) {
      throw invalidCursor(field);
    }
    // The last character of Base64 has bits that stand for nothing; ours are zero.
    if (!Base64.getUrlEncoder().withoutPadding().encodeToString(all).equals(cursor)) {
      throw invalidCursor(field);
    }
    byte[] text = Arrays.copyOfRange(all, CHECKSUM_BYTES, all.length);
    if (!Arrays.equals(checksum(list, text), Arrays.copyOf(all, CHECKSUM_BYTES))) {
      throw invalidCursor(field);
    }
    return List.of(new String(text, StandardCharsets.UTF_8).split(String.valueOf(SEPARATOR), -1));
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
