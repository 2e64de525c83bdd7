package org.nself.incidents.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A problem as REST shows it, RFC 9457 with members of our own.
 *
 * @param type names the code as a URN
 * @param title the same for every problem of the code
 * @param detail what went wrong this time
 * @param code for programs
 * @param error the detail again, for clients of sibling plug-ins that read {@code {"error": "…"}}
 * @param errors what is wrong with which field; left out where no field is to blame
 * @param allowed with {@code conflict}, what would be accepted; left out where that says nothing
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ProblemBody(
    String type,
    String title,
    int status,
    String detail,
    String code,
    String error,
    List<Violation> errors,
    List<String> allowed) {

  public static final String MEDIA_TYPE = "application/problem+json";

  static ProblemBody of(Problem problem) {
    return new ProblemBody(
        "urn:nself:problem:" + problem.code().word(),
        problem.code().title(),
        problem.status(),
        problem.detail(),
        problem.code().word(),
        problem.detail(),
        problem.violations(),
        problem.allowed());
  }
}
