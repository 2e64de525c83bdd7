package org.nself.incidents.web.error;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * A problem as REST shows it, RFC 9457 with members of our own. Sibling plug-ins answer {@code
 * {"error": "…"}}, and their clients read that here too.
 */
public record ProblemDetailBody(
    String type,
    String title,
    int status,
    String detail,
    ErrorCode code,
    String error,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<FieldError> errors,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> allowed) {

  public static final String MODEL = "Problem";

  public static final String MEDIA_TYPE = "application/problem+json";

  static ProblemDetailBody of(ApiException problem) {
    return new ProblemDetailBody(
        "urn:nself:problem:" + problem.code().value(),
        problem.code().title(),
        problem.status(),
        problem.detail(),
        problem.code(),
        problem.detail(),
        problem.errors(),
        problem.allowed());
  }
}
