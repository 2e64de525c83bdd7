package org.nself.incidents.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.slf4j.MDC;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Rejects requests without valid credentials, except for a few public paths that expose no account.
 * New paths are protected unless listed.
 */
final class AuthenticationFilter extends OncePerRequestFilter {

  private static final Set<String> PUBLIC_PATHS =
      Set.of("/health", "/ready", "/metrics", "/openapi.json", "/openapi.yaml");

  private final Authenticator authenticator;
  private final ErrorResponseWriter errorWriter;

  AuthenticationFilter(Authenticator authenticator, ErrorResponseWriter errorWriter) {
    this.authenticator = authenticator;
    this.errorWriter = errorWriter;
  }

  @Override
  protected boolean shouldNotFilter(HttpServletRequest request) {
    return PUBLIC_PATHS.contains(request.getRequestURI());
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    Caller caller;
    try {
      caller = authenticator.authenticate(name -> singleHeader(request, name));
    } catch (ApiException exception) {
      if (mayAuthenticateLater(request, exception)) {
        chain.doFilter(request, response);
      } else {
        errorWriter.write(request, response, exception);
      }
      return;
    }
    request.setAttribute(Caller.ATTRIBUTE, caller);
    MDC.put("account", caller.account());
    chain.doFilter(request, response);
  }

  /**
   * Whether the request opens a WebSocket without credentials. A browser cannot set headers of a
   * WebSocket; it sends credentials in its first message, before which it gets nothing. Credentials
   * in headers must be valid nevertheless.
   */
  private static boolean mayAuthenticateLater(HttpServletRequest request, ApiException exception) {
    return exception.code() == ErrorCode.UNAUTHENTICATED
        && request.getRequestURI().equals("/graphql")
        && request.getMethod().equals("GET")
        && "websocket".equalsIgnoreCase(request.getHeader("Upgrade"))
        && request.getHeader("Authorization") == null
        && request.getHeader("X-Internal-Token") == null;
  }

  private static @Nullable String singleHeader(HttpServletRequest request, String name) {
    List<String> values = Collections.list(request.getHeaders(name));
    if (values.size() > 1) {
      throw ApiException.malformed(name, "is given more than once");
    }
    return values.isEmpty() ? null : values.getFirst();
  }
}
