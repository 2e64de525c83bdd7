package org.nself.incidents.security.jwt;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.jwt.JsonPath.Found;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;

/** Finds the {@code x-hasura-*} claims in a token. */
sealed interface ClaimsMapping {

  /**
   * The claims by lower-case name; their types are not checked.
   *
   * @param claims all claims of the token
   * @throws ApiException {@code unauthenticated}, if they are missing
   */
  Map<String, @Nullable Object> extract(Map<String, @Nullable Object> claims, StrictJson json);

  /**
   * All in one object ({@code claims_namespace}, {@code claims_namespace_path}), whose members with
   * other names are ignored.
   *
   * @param stringified whether the object is a string of JSON ({@code claims_format})
   */
  record Namespace(JsonPath path, boolean stringified) implements ClaimsMapping {

    private static final String PREFIX = "x-hasura-";

    @Override
    public Map<String, @Nullable Object> extract(
        Map<String, @Nullable Object> claims, StrictJson json) {
      Map<String, @Nullable Object> session = new HashMap<>();
      object(claims, json)
          .forEach(
              (key, value) -> {
                String name = String.valueOf(key).toLowerCase(Locale.ROOT);
                if (name.startsWith(PREFIX) && session.put(name, value) != null) {
                  throw ApiException.unauthenticated(
                      "The token has the claim " + name + " more than once");
                }
              });
      return session;
    }

    private Map<?, ?> object(Map<String, @Nullable Object> claims, StrictJson json) {
      @Nullable Found found = path.find(claims);
      if (found == null) {
        throw ApiException.unauthenticated("The token lacks the claims at " + path.text());
      }
      if (stringified && found.value() instanceof String text) {
        try {
          return json.parseMembers(text.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          throw ApiException.unauthenticated(
              "The string in the token's claims at " + path.text() + " " + e.getMessage());
        }
      }
      if (!stringified && found.value() instanceof Map<?, ?> object) {
        return object;
      }
      throw ApiException.unauthenticated(
          "The token's claims at %s are not a %s"
              .formatted(path.text(), stringified ? "string that holds JSON" : "JSON object"));
    }
  }

  /** Each from its own path or literal ({@code claims_map}). */
  record Mapped(Map<String, Source> sources) implements ClaimsMapping {

    @Override
    public Map<String, @Nullable Object> extract(
        Map<String, @Nullable Object> claims, StrictJson json) {
      Map<String, @Nullable Object> session = new HashMap<>();
      sources.forEach((name, source) -> session.put(name, value(name, source, claims)));
      return session;
    }

    private static @Nullable Object value(
        String name, Source source, Map<String, @Nullable Object> claims) {
      return switch (source) {
        case Source.Literal(Object value) -> value;
        case Source.Path(JsonPath path, @Nullable Object fallback) -> {
          @Nullable Found found = path.find(claims);
          if (found != null) {
            yield found.value();
          }
          if (fallback != null) {
            yield fallback;
          }
          throw ApiException.unauthenticated(
              "The token lacks the claim at %s, for %s".formatted(path.text(), name));
        }
      };
    }
  }

  /** Where a mapped claim comes from. */
  sealed interface Source {
    /** A value of the configuration. */
    record Literal(Object value) implements Source {}

    /**
     * A path into the token's claims.
     *
     * @param fallback the value if the path finds nothing; null to refuse the token
     */
    record Path(JsonPath path, @Nullable Object fallback) implements Source {}
  }
}
