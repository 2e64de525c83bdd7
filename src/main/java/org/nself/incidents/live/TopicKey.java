package org.nself.incidents.live;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Names a topic in a notification by 72 bits of a hash, because every login role of the database
 * may listen. If two topics had the same key, one of them would be found by polling only.
 */
final class TopicKey {

  private static final int BYTES = 9;

  /** Characters of a key. */
  static final int LENGTH = BYTES / 3 * 4;

  private TopicKey() {}

  static String of(String account, String kind, String id) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(String.join("\u001f", account, kind, id).getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hash, BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is not available", e);
    }
  }
}
