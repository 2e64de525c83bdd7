package org.nself.incidents.security.jwt;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.HeaderLookup;
import org.nself.incidents.web.error.ApiException;

/** Where a request has its JWT. */
public sealed interface TokenLocation {

  /** The JWT; null if there is none. */
  @Nullable String token(HeaderLookup headers);

  /** {@code Authorization: Bearer …}. */
  record Authorization() implements TokenLocation {
    private static final String SCHEME = "Bearer ";

    @Override
    public @Nullable String token(HeaderLookup headers) {
      @Nullable String value = headers.get("Authorization");
      return value != null && value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
          ? value.substring(SCHEME.length()).strip()
          : null;
    }
  }

  /** A cookie of this name. */
  record Cookie(String name) implements TokenLocation {
    @Override
    public @Nullable String token(HeaderLookup headers) {
      @Nullable String cookies = headers.get("Cookie");
      if (cookies == null) {
        return null;
      }
      List<String> values =
          Stream.of(cookies.split(";"))
              .map(String::strip)
              .filter(cookie -> cookie.startsWith(name + "="))
              .map(cookie -> cookie.substring(name.length() + 1))
              .distinct()
              .toList();
      if (values.size() > 1) {
        // Another host of the domain can set a second one; picking either could be wrong.
        throw ApiException.unauthenticated("The cookie " + name + " is sent more than once");
      }
      return values.isEmpty() || values.getFirst().isEmpty() ? null : values.getFirst();
    }
  }

  /** A header of this name whose whole value is the JWT. */
  record CustomHeader(String name) implements TokenLocation {
    @Override
    public @Nullable String token(HeaderLookup headers) {
      @Nullable String value = headers.get(name);
      return value == null || value.isBlank() ? null : value.strip();
    }
  }
}
