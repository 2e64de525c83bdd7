package org.nself.incidents.outbound;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The server and the path that a request is sent to.
 *
 * @param host in lower case, an IPv6 address in brackets
 * @param path including the query
 * @param shownHost for messages, where the host is secret; else null
 */
record Destination(
    boolean secure, String host, int port, String path, URI uri, @Nullable String shownHost) {

  private static final int MAX_URL = 8_000;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /**
   * @throws OutboundFailure of kind BLOCKED, if the URL is not valid or not allowed
   */
  static Destination parse(String url) throws OutboundFailure {
    return parse(url, null);
  }

  /** As {@link #parse(String)}, for a host that messages must not contain. */
  static Destination parse(String url, @Nullable String shownHost) throws OutboundFailure {
    if (url.length() > MAX_URL) {
      throw blocked("has more than %,d characters".formatted(MAX_URL));
    }
    URI uri;
    try {
      uri = new URI(new URI(url).toASCIIString());
    } catch (URISyntaxException e) {
      // The message of the exception quotes the URL, which can contain a secret; of one that is
      // secret from its beginning, not even a character is shown.
      boolean known = shownHost == null && e.getIndex() >= 0 && e.getIndex() < url.length();
      throw blocked(
          known
              ? "is not valid: %s at position %d must be percent-encoded"
                  .formatted(character(url.codePointAt(e.getIndex())), e.getIndex() + 1)
              : "is not valid");
    }
    return of(uri, shownHost);
  }

  private static Destination of(URI uri, @Nullable String shownHost) throws OutboundFailure {
    @Nullable String scheme = uri.getScheme();
    boolean secure = "https".equalsIgnoreCase(scheme);
    if (!secure && !"http".equalsIgnoreCase(scheme)) {
      throw blocked("must begin with https:// or http://");
    }
    if (uri.getRawUserInfo() != null) {
      throw blocked("contains a user name; use the header Authorization instead");
    }
    @Nullable String host = uri.getHost();
    if (host == null || host.contains("%")) {
      throw blocked("has no host or an invalid one");
    }
    int port = uri.getPort() < 0 ? (secure ? HTTPS : HTTP) : uri.getPort();
    if (port < 1 || port > 65_535) {
      throw blocked("has a port that is not from 1 to 65535");
    }
    @Nullable String path = uri.getRawPath();
    @Nullable String query = uri.getRawQuery();
    return new Destination(
        secure,
        host.toLowerCase(Locale.ROOT),
        port,
        (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query),
        uri,
        shownHost);
  }

  private static String character(int c) {
    return c == ' '
        ? "a space"
        : c > ' ' && c < 0x7f ? "'" + (char) c + "'" : "U+%04X".formatted(c);
  }

  private static OutboundFailure blocked(String reason) {
    return new OutboundFailure(OutboundFailure.Kind.BLOCKED, "The URL " + reason);
  }

  /** The destination of a redirect from here. */
  Destination redirect(String location) throws OutboundFailure {
    URI next;
    try {
      next = uri.resolve(new URI(location));
    } catch (URISyntaxException e) {
      throw blocked("that the server redirects to is not valid");
    }
    Destination destination = parse(next.toString());
    if (shownHost != null && destination.host().equals(host)) {
      destination = parse(next.toString(), shownHost);
    }
    if (secure && !destination.secure()) {
      throw new OutboundFailure(
          OutboundFailure.Kind.BLOCKED, "The server redirects from https to http");
    }
    return destination;
  }

  boolean sameOriginAs(Destination other) {
    return secure == other.secure && host.equals(other.host) && port == other.port;
  }

  /** The host for name resolution: an IPv6 address without brackets. */
  String hostName() {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** The value of the header Host. */
  String authority() {
    return port == (secure ? HTTPS : HTTP) ? host : host + ":" + port;
  }

  /** For messages: without path and query, which can contain secrets. */
  @Override
  public String toString() {
    return shownHost == null ? host + ":" + port : shownHost;
  }

  /** Removes a host that is secret from a message. */
  String redact(String message) {
    return shownHost == null
        ? message
        : Pattern.compile(Pattern.quote(hostName()), Pattern.CASE_INSENSITIVE)
            .matcher(message)
            .replaceAll(Matcher.quoteReplacement(shownHost));
  }
}
