package org.nself.incidents.web.error;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Adds a JSON body to errors that Spring reports without a body. Rejects a {@code Content-Type}
 * with a wildcard, on which Spring fails.
 */
public final class EmptyErrorBodyFilter extends OncePerRequestFilter {

  private final ErrorResponseWriter errorWriter;

  public EmptyErrorBodyFilter(ErrorResponseWriter errorWriter) {
    this.errorWriter = errorWriter;
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
      errorWriter.write(request, response, GlobalExceptionHandler.forStatus(response.getStatus()));
    }
  }
}
