package org.nself.incidents.security;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a browser's request comes from, by the headers that no page can set: {@code Sec-Fetch-Site}
 * and {@code Origin}.
 */
public final class RequestOrigin {

  private RequestOrigin() {}

  /**
   * Whether a page of our own origin sends the request. {@code Sec-Fetch-Site} decides where it is
   * present; else {@code Origin} must name the host that the client asked for, as {@code Host} or a
   * proxy's {@code X-Forwarded-Host} has it. The scheme is not compared: TLS often ends before a
   * proxy that does not forward the scheme.
   */
  public static boolean isOurs(HttpServletRequest request) {
    List<String> sites = Collections.list(request.getHeaders("Sec-Fetch-Site"));
    if (!sites.isEmpty()) {
      return sites.equals(List.of("same-origin"));
    }
    List<String> origins = Collections.list(request.getHeaders("Origin"));
    if (origins.size() != 1) {
      return false;
    }
    @Nullable String origin = authority(origins.getFirst());
    return origin != null
        && (names(request.getHeader("Host"), origin)
            || names(request.getHeader("X-Forwarded-Host"), origin));
  }

  /** The host and the port, written out; null if it is no origin of a web page. */
  private static @Nullable String authority(String origin) {
    try {
      URI uri = new URI(origin);
      @Nullable String host = uri.getHost();
      int defaultPort =
          switch (String.valueOf(uri.getScheme())) {
            case "http" -> 80;
            case "https" -> 443;
            default -> -1;
          };
      if (host == null || defaultPort < 0) {
        return null;
      }
      int port = uri.getPort() < 0 ? defaultPort : uri.getPort();
      return host.toLowerCase(Locale.ROOT) + ":" + port;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private static boolean names(@Nullable String header, String origin) {
    if (header == null) {
      return false;
    }
    // Of several proxies the first has written the first value.
    String host = header.split(",", 2)[0].strip().toLowerCase(Locale.ROOT);
    boolean withPort = host.matches(".*:[0-9]+");
    return withPort
        ? origin.equals(host)
        : origin.equals(host + ":80") || origin.equals(host + ":443");
  }
}
