package org.nself.incidents.web.error;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

/**
 * A problem as REST shows it, RFC 9457 with members of our own. Sibling plug-ins answer {@code
 * {"error": "…"}}, and their clients read that here too.
 */
@JsonClassDescription("What went wrong (RFC 9457).")
public record ProblemDetailBody(
    @JsonPropertyDescription("Names the code as a URN.") String type,
    @JsonPropertyDescription("The same for every problem of the code.") String title,
    @JsonPropertyDescription("The HTTP status.") int status,
    @JsonPropertyDescription("What went wrong this time, for people.") String detail,
    @JsonPropertyDescription("What went wrong, for programs.") ErrorCode code,
    @JsonPropertyDescription("The detail again, for clients that read `{\"error\": …}`.")
        String error,
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @JsonPropertyDescription("What is wrong with which field; left out where none is to blame.")
        List<FieldError> errors,
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @JsonPropertyDescription(
            "With `conflict`, what would be accepted now; left out where that says nothing.")
        List<String> allowed) {

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
