package org.nself.incidents.web.error;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The error codes for programs, the same in REST ({@code code}) and GraphQL ({@code
 * extensions.code}).
 */
public enum ErrorCode {
  UNAUTHENTICATED(401, "Unauthenticated"),
  FORBIDDEN(403, "Forbidden"),
  NOT_FOUND(404, "Not found"),
  METHOD_NOT_ALLOWED(405, "Method not allowed"),
  NOT_ACCEPTABLE(406, "Not acceptable"),
  INVALID(422, "Invalid"),
  CONFLICT(409, "Conflict"),
  CURSOR_LOST(410, "Cursor lost"),
  PRECONDITION_FAILED(412, "Precondition failed"),
  TOO_LARGE(413, "Too large"),
  UNSUPPORTED_MEDIA_TYPE(415, "Unsupported media type"),
  IDEMPOTENCY_MISMATCH(422, "Idempotency mismatch"),
  RATE_LIMITED(429, "Rate limited"),
  INTERNAL(500, "Internal error"),
  UNAVAILABLE(503, "Unavailable");

  private static final Map<String, ErrorCode> BY_VALUE =
      Arrays.stream(values()).collect(Collectors.toMap(ErrorCode::value, code -> code));

  private final int status;
  private final String title;

  ErrorCode(int status, String title) {
    this.status = status;
    this.title = title;
  }

  /** The HTTP status, unless the exception has another (400 for a malformed request). */
  public int status() {
    return status;
  }

  /** The code with a value on the wire; null if there is none. */
  public static @Nullable ErrorCode find(String value) {
    return BY_VALUE.get(value);
  }

  public String title() {
    return title;
  }

  /** The value on the wire, such as {@code not_found}. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }
}
