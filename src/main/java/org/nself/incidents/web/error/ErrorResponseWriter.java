package org.nself.incidents.web.error;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes an error as the response: RFC 9457, or a GraphQL error for requests to {@code /graphql}.
 */
public final class ErrorResponseWriter {

  /** The request attribute with the error code of the response, for logs and metrics. */
  public static final String CODE_ATTRIBUTE = "nself.problem";

  /**
   * The request attribute with the media type of an error in GraphQL; absent for application/json.
   */
  public static final String GRAPHQL_TYPE_ATTRIBUTE = "nself.graphql.type";

  private static final int RETRY_AFTER_SECONDS = 1;

  private final JsonMapper mapper;

  public ErrorResponseWriter(JsonMapper mapper) {
    this.mapper = mapper;
  }

  public void write(
      HttpServletRequest request, HttpServletResponse response, ApiException exception)
      throws IOException {
    request.setAttribute(CODE_ATTRIBUTE, exception.code().value());
    if (response.isCommitted()) {
      return;
    }
    response.resetBuffer();
    response.setStatus(exception.status());
    switch (exception.code()) {
      case UNAUTHENTICATED -> response.setHeader("WWW-Authenticate", "Bearer");
      case UNAVAILABLE, RATE_LIMITED -> {
        // A limit that knows its own waiting time has set the header already.
        if (!response.containsHeader("Retry-After")) {
          response.setIntHeader("Retry-After", RETRY_AFTER_SECONDS);
        }
      }
      default -> {}
    }
    byte[] body;
    if (isGraphql(request)) {
      response.setContentType(
          request.getAttribute(GRAPHQL_TYPE_ATTRIBUTE) instanceof String type
              ? type
              : "application/json");
      body =
          mapper.writeValueAsBytes(
              Map.of(
                  "errors", List.of(GraphQlApiError.of(exception, List.of()).toSpecification())));
    } else {
      response.setContentType(ProblemDetailBody.MEDIA_TYPE);
      body =
          mapper
              .writeValueAsString(ProblemDetailBody.of(exception))
              .getBytes(StandardCharsets.UTF_8);
    }
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private static boolean isGraphql(HttpServletRequest request) {
    @Nullable Object origin = request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI);
    return (origin == null ? request.getRequestURI() : origin).equals("/graphql");
  }
}
