package org.nself.incidents.web.error;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What went wrong, in the one vocabulary that REST and GraphQL share. Thrown by services and by
 * what parses requests, translated to RFC 9457 or to a GraphQL error at the edge. Its text is shown
 * to the caller, so it never holds SQL, a stack trace or another account's data. It carries no
 * stack trace of its own: it is an answer, not a fault.
 */
public final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int MAX_EXCERPT = 40;

  private final ErrorCode code;
  private final int status;
  private final transient List<FieldError> errors;
  private final transient List<String> allowed;

  private ApiException(
      ErrorCode code,
      int status,
      String detail,
      List<FieldError> violations,
      List<String> allowed) {
    super(detail, null, false, false);
    this.code = code;
    this.status = status;
    this.errors = violations;
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

  /** Also for what exists in another account: the two must look the same. */
  public static ApiException notFound(String what) {
    return of(ErrorCode.NOT_FOUND, what + " not found");
  }

  /** A request that cannot be read at all, such as broken JSON: status 400. */
  public static ApiException malformed(String detail) {
    return new ApiException(ErrorCode.INVALID, 400, detail, List.of(), List.of());
  }

  /** A parameter of the URL or a header that cannot be used: status 400, naming it. */
  public static ApiException malformed(String field, String message) {
    return malformed(List.of(new FieldError(field, message)));
  }

  /** As {@link #malformed(String, String)}, for several. */
  public static ApiException malformed(List<FieldError> violations) {
    return new ApiException(
        ErrorCode.INVALID, 400, sentence(violations), List.copyOf(violations), List.of());
  }

  /** A request that can be read and has wrong values: status 422, every one of them named. */
  public static ApiException invalid(List<FieldError> violations) {
    return new ApiException(
        ErrorCode.INVALID,
        ErrorCode.INVALID.status(),
        sentence(violations),
        List.copyOf(violations),
        List.of());
  }

  private static String sentence(List<FieldError> violations) {
    return violations.stream()
        .map(violation -> violation.field() + ": " + violation.message())
        .collect(Collectors.joining("; "));
  }

  public static ApiException invalid(String field, String message) {
    return invalid(List.of(new FieldError(field, message)));
  }

  public static ApiException conflict(String detail) {
    return of(ErrorCode.CONFLICT, detail);
  }

  /** A change that the state does not allow now, with the values that it does. */
  public static ApiException conflict(String detail, List<String> allowed) {
    return new ApiException(
        ErrorCode.CONFLICT, ErrorCode.CONFLICT.status(), detail, List.of(), List.copyOf(allowed));
  }

  public static ApiException unavailable(String detail) {
    return of(ErrorCode.UNAVAILABLE, detail);
  }

  public ErrorCode code() {
    return code;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** For people; the same text as {@link #getMessage()}. */
  public String detail() {
    return String.valueOf(getMessage());
  }

  /** What is wrong with which field; empty unless the request itself is at fault. */
  public List<FieldError> errors() {
    return errors;
  }

  /**
   * With {@code conflict}, the values that would be accepted now; empty where that says nothing.
   */
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
