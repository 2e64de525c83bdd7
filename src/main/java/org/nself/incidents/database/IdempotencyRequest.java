package org.nself.incidents.database;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;

/**
 * An idempotency key and the request that it identifies. Sending the same request again returns the
 * first result; another request with the key is refused.
 *
 * @param key chosen by the caller, 1 to 255 characters
 * @param requestHash SHA-256 of the operation and its input, in hex
 */
public record IdempotencyRequest(String key, String requestHash) {

  public static final int MAX_KEY_LENGTH = 255;

  /** The {@code idempotencyKey} of a GraphQL input; null where there is none. */
  public static @Nullable String key(InputReader input) {
    return input.string("idempotencyKey", MAX_KEY_LENGTH);
  }

  /**
   * @param key null where the caller gave none; then null is returned
   * @param command what was asked for; written as JSON it must tell any two inputs apart
   */
  public static @Nullable IdempotencyRequest of(
      @Nullable String key, Record command, StrictJson json) {
    if (key == null) {
      return null;
    }
    try {
      String request = command.getClass().getSimpleName() + json.write(command).text();
      return new IdempotencyRequest(
          key,
          HexFormat.of()
              .formatHex(
                  MessageDigest.getInstance("SHA-256")
                      .digest(request.getBytes(StandardCharsets.UTF_8))));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  /**
   * @param recorded the hash of the request that was carried out under the key
   * @throws ApiException {@code idempotency_mismatch}, where this is another
   */
  public void requireSameRequest(String recorded) {
    if (!requestHash.equals(recorded)) {
      throw ApiException.of(
          ErrorCode.IDEMPOTENCY_MISMATCH,
          "This idempotency key was used for another request; use a new key for a new request");
    }
  }
}
