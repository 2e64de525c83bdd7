package org.nself.incidents.console;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Serves what the console needs before it has credentials: its page to browsers, the page's files,
 * its configuration, the API explorers, and the session of the try-out. None of it depends on an
 * account.
 *
 * <p>Some addresses of the page are routes of the API too ({@code /incidents}); {@code Accept}
 * decides. All other requests pass.
 */
final class ConsoleFilter extends OncePerRequestFilter {

  /** Before all that is not the page itself. */
  static final String PATH = "/console/";

  private static final String SESSION = PATH + "try-out/session";
  private static final String CONFIGURATION = "config";

  private static final String SEGMENT = "/[A-Za-z0-9._~-]{1,128}";
  private static final Pattern PAGE =
      Pattern.compile(
          "/|/incidents(?:%1$s)?/?|/(?:runbooks|executions|insights)(?:%1$s){0,2}/?"
              .formatted(SEGMENT));

  static final String CONTENT_SECURITY_POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; require-trusted-types-for 'script'; frame-ancestors 'none'";

  private final ConsoleAssets assets;
  private final StaticFile configuration;
  private final ApiExplorer explorer;
  private final TryOutSessions sessions;
  private final ErrorResponseWriter errorWriter;

  /**
   * @param configuration what the page must know before it has credentials, as JSON
   */
  ConsoleFilter(
      ConsoleAssets assets,
      byte[] configuration,
      ApiExplorer explorer,
      TryOutSessions sessions,
      ErrorResponseWriter errorWriter) {
    this.assets = assets;
    this.configuration = StaticFile.of("config.json", configuration);
    this.explorer = explorer;
    this.sessions = sessions;
    this.errorWriter = errorWriter;
  }

  @Override
  protected void doFilterInternal(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws ServletException, IOException {
    String path = request.getRequestURI();
    boolean reads = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
    boolean served =
        path.equals(SESSION)
            ? startSession(request, response)
            : reads && (path.startsWith(PATH) ? file(request, response) : page(request, response));
    if (!served) {
      chain.doFilter(request, response);
    }
  }

  private boolean page(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String path = request.getRequestURI();
    if (!PAGE.matcher(path).matches()) {
      return false;
    }
    if (!AcceptHeader.prefersHtml(Collections.list(request.getHeaders("Accept")))) {
      return false;
    }
    @Nullable StaticFile page =
        assets.page((int) path.chars().filter(character -> character == '/').count() - 1);
    if (page == null) {
      return false;
    }
    route(request, "/console");
    response.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    setPageHeaders(response);
    page.write(request, response, StaticFile.REVALIDATED);
    return true;
  }

  static void setPageHeaders(HttpServletResponse response) {
    // Not no-referrer: browsers would then send "Origin: null", which a cookie may not write with.
    response.setHeader("Referrer-Policy", "same-origin");
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("X-Frame-Options", "DENY");
  }

  private boolean file(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String path = request.getRequestURI().substring(PATH.length());
    if (path.equals(CONFIGURATION)) {
      route(request, PATH + CONFIGURATION);
      configuration.write(request, response, StaticFile.REVALIDATED);
      return true;
    }
    @Nullable StaticFile file = assets.file(path);
    if (file == null) {
      return explorer.serve(path, request, response);
    }
    route(request, "/console/{build}/{file}");
    file.write(request, response, StaticFile.IMMUTABLE);
    return true;
  }

  private boolean startSession(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (!sessions.areAvailable() || !request.getMethod().equals("POST")) {
      return false;
    }
    route(request, SESSION);
    try {
      sessions.start(request, response);
    } catch (ApiException e) {
      errorWriter.write(request, response, e);
    }
    return true;
  }

  /** For metrics and logs, which name routes and not addresses. */
  static void route(HttpServletRequest request, String pattern) {
    request.setAttribute(HandlerMapping.BEST_MATCHING_PATTERN_ATTRIBUTE, pattern);
  }
}
