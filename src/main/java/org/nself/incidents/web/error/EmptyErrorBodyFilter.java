package org.nself.incidents.web.error;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Answers in JSON where Spring would answer an error without a body, as its GraphQL endpoint does
 * for another method or content type, or fail, as it does for a {@code Content-Type} with a
 * wildcard.
 */
public final class EmptyErrorBodyFilter extends OncePerRequestFilter {

  private final ErrorResponseWriter errorWriter;

  public EmptyErrorBodyFilter(ErrorResponseWriter problems) {
    this.errorWriter = problems;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    @Nullable String type = request.getContentType();
    if (type != null && type.contains("*")) {
      errorWriter.write(request, response, GlobalExceptionHandler.forStatus(415));
      return;
    }
    chain.doFilter(request, response);
    if (response.getStatus() >= 400
        && response.getContentType() == null
        && !response.isCommitted()
        && !request.isAsyncStarted()) {
      errorWriter.write(
          request, response, GlobalExceptionHandler.forStatus(status(response, type)));
    }
  }

  /** Spring's GraphQL endpoint says 415 of an {@code Accept} that it cannot serve too. */
  private static int status(HttpServletResponse response, @Nullable String type) {
    boolean json = type != null && type.startsWith("application/json");
    return json && response.getStatus() == 415 ? 406 : response.getStatus();
  }
}
