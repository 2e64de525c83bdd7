package org.nself.incidents.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/** Headers that several controllers use. */
public final class RestHeaders {

  public static final Pattern IDEMPOTENCY_KEY =
      Pattern.compile("[\\x21-\\x7e][\\x20-\\x7e]{0,254}");
  private static final Pattern PREFIX = Pattern.compile("(?:/[A-Za-z0-9._~-]+){1,8}/?");

  private RestHeaders() {}

  /**
   * The {@code Idempotency-Key}; null if absent.
   *
   * @throws ApiException {@code invalid}, unless it has 1 to 255 visible ASCII characters
   */
  public static @Nullable String idempotencyKey(HttpServletRequest request) {
    @Nullable String key = request.getHeader("Idempotency-Key");
    if (key != null && !IDEMPOTENCY_KEY.matcher(key).matches()) {
      throw ApiException.malformed(
          "Idempotency-Key", "must have 1 to 255 visible ASCII characters");
    }
    return key;
  }

  /** The path for the client: with the prefix that a proxy gives in {@code X-Forwarded-Prefix}. */
  public static String location(HttpServletRequest request, String path) {
    @Nullable String prefix = request.getHeader("X-Forwarded-Prefix");
    if (prefix == null || !PREFIX.matcher(prefix).matches()) {
      return path;
    }
    return (prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix) + path;
  }
}
