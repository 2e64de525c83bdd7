package org.nself.incidents.web.cors;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The origins whose pages may use the API from a browser.
 *
 * @param origins in lower case, such as {@code https://app.example.com}; {@code *} for all
 */
public record AllowedOrigins(Set<String> origins) {

  /** All origins; their pages may not send cookies. */
  static final String ANY = "*";

  boolean areNone() {
    return origins.isEmpty();
  }

  boolean contains(@Nullable String origin) {
    return origin != null && (origins.contains(ANY) || isNamed(origin));
  }

  /** Whether the origin is in the list itself, so that its pages may send cookies. */
  boolean isNamed(String origin) {
    return origins.contains(origin.toLowerCase(Locale.ROOT)) && !origin.equals(ANY);
  }

  /** Whether a page of a named origin sends the request. */
  public boolean nameOriginOf(HttpServletRequest request) {
    @Nullable String origin = request.getHeader("Origin");
    return origin != null && isNamed(origin);
  }
}
