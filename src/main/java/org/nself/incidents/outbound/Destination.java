package org.nself.incidents.outbound;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where a request goes.
 *
 * @param host in lower case, an IPv6 address in brackets
 * @param path with the query
 */
record Destination(boolean secure, String host, int port, String path, URI uri) {

  private static final int MAX_URL = 8_000;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /**
   * @throws OutboundFailure of REFUSED_BY_POLICY, where it is no URL that can be called
   */
  static Destination parse(String url) throws OutboundFailure {
    if (url.length() > MAX_URL) {
      throw refused("has more than %,d characters".formatted(MAX_URL));
    }
    URI uri;
    try {
      uri = new URI(new URI(url).toASCIIString());
    } catch (URISyntaxException e) {
      // Its message quotes the URL, and a URL may hold a secret.
      throw refused("is none");
    }
    return of(uri);
  }

  private static Destination of(URI uri) throws OutboundFailure {
    @Nullable String scheme = uri.getScheme();
    boolean secure = "https".equalsIgnoreCase(scheme);
    if (!secure && !"http".equalsIgnoreCase(scheme)) {
      throw refused("must begin with https:// or http://");
    }
    if (uri.getRawUserInfo() != null) {
      throw refused("has a user's name in it; send a header instead");
    }
    @Nullable String host = uri.getHost();
    if (host == null || host.contains("%")) {
      throw refused("has no host, or one that cannot be read");
    }
    int port = uri.getPort() < 0 ? (secure ? HTTPS : HTTP) : uri.getPort();
    if (port < 1 || port > 65_535) {
      throw refused("has a port that there is not");
    }
    @Nullable String path = uri.getRawPath();
    @Nullable String query = uri.getRawQuery();
    return new Destination(
        secure,
        host.toLowerCase(Locale.ROOT),
        port,
        (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query),
        uri);
  }

  private static OutboundFailure refused(String fault) {
    return new OutboundFailure(OutboundFailure.Kind.BLOCKED, "The URL " + fault);
  }

  /** Where a redirect leads. */
  Destination redirectedTo(String location) throws OutboundFailure {
    URI next;
    try {
      next = uri.resolve(new URI(location));
    } catch (URISyntaxException e) {
      throw refused("that the server redirects to is none");
    }
    Destination target = parse(next.toString());
    if (secure && !target.secure()) {
      throw new OutboundFailure(
          OutboundFailure.Kind.BLOCKED, "The server redirects from https to http");
    }
    return target;
  }

  boolean sameOriginAs(Destination other) {
    return secure == other.secure && host.equals(other.host) && port == other.port;
  }

  /** To look up: without brackets. */
  String name() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** For the header Host. */
  String authority() {
    return port == (secure ? HTTPS : HTTP) ? host : host + ":" + port;
  }

  /** For messages: neither path nor query, which may hold secrets. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
