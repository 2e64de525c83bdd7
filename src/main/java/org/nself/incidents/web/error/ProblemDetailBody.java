package org.nself.incidents.web.error;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * The body of an error in REST: RFC 9457 with extension members. {@code error} is for clients of
 * sibling plug-ins, which respond with {@code {"error": "…"}}.
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

  public static final String MEDIA_TYPE = "application/problem+json";

  static ProblemDetailBody of(ApiException exception) {
    return new ProblemDetailBody(
        "urn:nself:problem:" + exception.code().value(),
        exception.code().title(),
        exception.status(),
        exception.detail(),
        exception.code(),
        exception.detail(),
        exception.errors(),
        exception.allowed());
  }
}
