package org.nself.incidents.web.error;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * An error that is reported to the client, with the codes that REST and GraphQL share. Services and
 * parsers throw it; it is translated to RFC 9457 or to a GraphQL error. Clients see its text, so
 * the text never contains SQL, a stack trace or data of another account. It has no stack trace,
 * because it is an expected result.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_EXCERPT = 40;

  private final ErrorCode code;
  private final int status;
  private final transient List<FieldError> errors;
  private final transient List<String> allowed;

  private ApiException(
      ErrorCode code, int status, String detail, List<FieldError> errors, List<String> allowed) {
    super(detail, null, false, false);
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.allowed = allowed;
  }

  public static ApiException of(ErrorCode code, String detail) {
    return new ApiException(code, code.status(), detail, List.of(), List.of());
  }

  public static ApiException unauthenticated(String detail) {
    return of(ErrorCode.UNAUTHENTICATED, detail);
  }

  public static ApiException forbidden(String detail) {
    return of(ErrorCode.FORBIDDEN, detail);
  }

  /** Also for resources of other accounts: both cases must be indistinguishable. */
  public static ApiException notFound(String resource) {
    return of(ErrorCode.NOT_FOUND, resource + " not found");
  }

  /** A request that cannot be parsed, such as broken JSON: status 400. */
  public static ApiException malformed(String detail) {
    return new ApiException(ErrorCode.INVALID, 400, detail, List.of(), List.of());
  }

  /** An invalid query parameter or header: status 400, naming it. */
  public static ApiException malformed(String field, String message) {
    return malformed(List.of(new FieldError(field, message)));
  }

  /** Like {@link #malformed(String, String)}, for several fields. */
  public static ApiException malformed(List<FieldError> errors) {
    return malformed(FieldErrors.of(errors));
  }

  /** Like {@link #malformed(String, String)}, for the fields that were collected. */
  public static ApiException malformed(FieldErrors errors) {
    return new ApiException(
        ErrorCode.INVALID, 400, errors.toSentence(), errors.toList(), List.of());
  }

  /** A request with invalid values: status 422, naming the fields. */
  public static ApiException invalid(List<FieldError> errors) {
    return invalid(FieldErrors.of(errors));
  }

  /** A request with invalid values: status 422, naming the fields that were collected. */
  public static ApiException invalid(FieldErrors errors) {
    return new ApiException(
        ErrorCode.INVALID,
        ErrorCode.INVALID.status(),
        errors.toSentence(),
        errors.toList(),
        List.of());
  }

  public static ApiException invalid(String field, String message) {
    return invalid(List.of(new FieldError(field, message)));
  }

  public static ApiException conflict(String detail) {
    return of(ErrorCode.CONFLICT, detail);
  }

  /** A change that the current state does not allow, with the allowed values. */
  public static ApiException conflict(String detail, List<String> allowed) {
    return new ApiException(
        ErrorCode.CONFLICT, ErrorCode.CONFLICT.status(), detail, List.of(), List.copyOf(allowed));
  }

  /**
   * A subscription's cursor stands at an entry that the database does not have: after a failover
   * that lost the last writes, or a restore.
   */
  public static ApiException cursorLost() {
    return of(
        ErrorCode.CURSOR_LOST,
        "The database does not have what the cursor stands at: it lost its last writes. Read"
            + " everything again, and subscribe without a cursor");
  }

  public static ApiException unavailable(String detail) {
    return of(ErrorCode.UNAVAILABLE, detail);
  }

  /** A fault of the service, which must have been logged. */
  public static ApiException internal() {
    @Nullable String requestId = MDC.get("request_id");
    return of(
        ErrorCode.INTERNAL,
        requestId == null
            ? "Internal error; see service log"
            : "Internal error (request id " + requestId + "); see service log");
  }

  public ErrorCode code() {
    return code;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The text for people; the same as {@link #getMessage()}. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  /** The invalid fields, {@value FieldErrors#MAX} at most; empty if the request itself is valid. */
  public List<FieldError> errors() {
    return errors;
  }

  /** For {@code conflict}, the values that are allowed now; empty if that does not apply. */
  public List<String> allowed() {
    return allowed;
  }

  /**
   * The beginning of a text from a request, for a message: at most 40 characters, control
   * characters escaped.
   */
  public static String excerpt(String text) {
    String start =
        text.codePoints()
            .limit(MAX_EXCERPT)
            .mapToObj(ApiException::printable)
            .collect(Collectors.joining());
    return text.codePointCount(0, text.length()) > MAX_EXCERPT ? start + "…" : start;
  }

  private static String printable(int c) {
    return Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE
        ? "\\u%04x".formatted(c)
        : Character.toString(c);
  }
}
