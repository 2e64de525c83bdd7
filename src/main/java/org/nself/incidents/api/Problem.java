package org.nself.incidents.api;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What went wrong, in the one vocabulary that REST and GraphQL share. Thrown by services and by
 * what parses requests, translated to RFC 9457 or to a GraphQL error at the edge. Its text is shown
 * to the caller, so it never holds SQL, a stack trace or another account's data. It carries no
 * stack trace of its own: it is an answer, not a fault.
 */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ProblemCode code;
  private final int status;
  private final transient List<Violation> violations;
  private final transient List<String> allowed;

  private Problem(
      ProblemCode code,
      int status,
      String detail,
      List<Violation> violations,
      List<String> allowed) {
    super(detail, null, false, false);
    this.code = code;
    this.status = status;
    this.violations = violations;
    this.allowed = allowed;
  }

  public static Problem of(ProblemCode code, String detail) {
    return new Problem(code, code.status(), detail, List.of(), List.of());
  }

  public static Problem unauthenticated(String detail) {
    return of(ProblemCode.UNAUTHENTICATED, detail);
  }

  public static Problem forbidden(String detail) {
    return of(ProblemCode.FORBIDDEN, detail);
  }

  /** Also for what exists in another account: the two must look the same. */
  public static Problem notFound(String what) {
    return of(ProblemCode.NOT_FOUND, what + " not found");
  }

  /** A request that cannot be read at all, such as broken JSON: status 400. */
  public static Problem malformed(String detail) {
    return new Problem(ProblemCode.INVALID, 400, detail, List.of(), List.of());
  }

  /** A parameter of the URL or a header that cannot be used: status 400, naming it. */
  public static Problem malformed(String field, String message) {
    return malformed(List.of(new Violation(field, message)));
  }

  /** As {@link #malformed(String, String)}, for several. */
  public static Problem malformed(List<Violation> violations) {
    return new Problem(
        ProblemCode.INVALID, 400, sentence(violations), List.copyOf(violations), List.of());
  }

  /** A request that can be read and has wrong values: status 422, every one of them named. */
  public static Problem invalid(List<Violation> violations) {
    return new Problem(
        ProblemCode.INVALID,
        ProblemCode.INVALID.status(),
        sentence(violations),
        List.copyOf(violations),
        List.of());
  }

  private static String sentence(List<Violation> violations) {
    return violations.stream()
        .map(violation -> violation.field() + ": " + violation.message())
        .collect(Collectors.joining("; "));
  }

  public static Problem invalid(String field, String message) {
    return invalid(List.of(new Violation(field, message)));
  }

  public static Problem conflict(String detail) {
    return of(ProblemCode.CONFLICT, detail);
  }

  /** A change that the state does not allow now, with the values that it does. */
  public static Problem conflict(String detail, List<String> allowed) {
    return new Problem(
        ProblemCode.CONFLICT,
        ProblemCode.CONFLICT.status(),
        detail,
        List.of(),
        List.copyOf(allowed));
  }

  public static Problem unavailable(String detail) {
    return of(ProblemCode.UNAVAILABLE, detail);
  }

  public ProblemCode code() {
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
  public List<Violation> violations() {
    return violations;
  }

  /**
   * With {@code conflict}, the values that would be accepted now; empty where that says nothing.
   */
  public List<String> allowed() {
    return allowed;
  }
}
