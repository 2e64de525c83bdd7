package org.nself.incidents.web.cors;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.filter.CorsFilter;

/**
 * Answers preflights of the allowed origins, which have no credentials, and lets their pages read
 * responses. Requests of other origins pass without these headers, so that browsers keep the
 * response from the page: Spring would refuse them, also those of the console behind a proxy that
 * ends TLS.
 */
public final class CorsHeadersFilter extends CorsFilter {

  private static final Duration PREFLIGHT_KEPT = Duration.ofHours(1);

  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  /** Beside those that every page may read. */
  private static final List<String> EXPOSED_HEADERS =
      List.of("ETag", "Location", "Retry-After", "X-Request-ID", "WWW-Authenticate", "Allow");

  private final AllowedOrigins allowed;

  public CorsHeadersFilter(AllowedOrigins allowed) {
    super(request -> configuration(allowed, request.getHeader("Origin")));
    this.allowed = allowed;
  }

  private static CorsConfiguration configuration(AllowedOrigins allowed, @Nullable String origin) {
    boolean named = origin != null && allowed.isNamed(origin);
    CorsConfiguration configuration = new CorsConfiguration();
    configuration.setAllowedOrigins(List.of(named ? String.valueOf(origin) : AllowedOrigins.ANY));
    configuration.setAllowCredentials(named);
    configuration.setAllowedMethods(METHODS);
    configuration.addAllowedHeader(CorsConfiguration.ALL);
    configuration.setExposedHeaders(EXPOSED_HEADERS);
    configuration.setMaxAge(PREFLIGHT_KEPT);
    return configuration;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    if (allowed.contains(request.getHeader("Origin"))) {
      super.doFilterInternal(request, response, chain);
      return;
    }
    if (!allowed.areNone()) {
      response.addHeader("Vary", "Origin");
    }
    chain.doFilter(request, response);
  }
}
