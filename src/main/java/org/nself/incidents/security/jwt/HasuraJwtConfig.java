package org.nself.incidents.security.jwt;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.ConfigurationException;
import org.nself.incidents.web.input.StrictJson;

/**
 * Hasura's JWT configuration, the JSON of {@code HASURA_GRAPHQL_JWT_SECRET}, read strictly.
 *
 * <p>Stricter than Hasura: a member that is not known is refused, because a check that is switched
 * off by a typing error ({@code audiance}) is a hole that nobody sees; and {@code type} counts with
 * a {@code jwk_url} too.
 *
 * @param location where in a request the token is
 * @param conditions what its registered claims must say
 * @param claims where its session variables are
 */
public record HasuraJwtConfig(
    Keys keys, TokenLocation location, JwtClaimsValidator conditions, ClaimsMapping claims) {

  /** What tokens are checked with. */
  sealed interface Keys {
    /** The algorithms that tokens may use. */
    Set<JwtAlgorithm> accepted();

    /** The one key is given ({@code key}). */
    record Given(JwtKey key) implements Keys {
      @Override
      public Set<JwtAlgorithm> accepted() {
        return key.algorithms();
      }
    }

    /** They are published somewhere ({@code jwk_url}). */
    record Published(URI url, Set<JwtAlgorithm> accepted) implements Keys {}
  }

  /**
   * @throws IllegalArgumentException where the text cannot be used, naming the member at fault and
   *     never quoting a key
   */
  public static HasuraJwtConfig parse(String text) {
    return HasuraJwtConfigParser.read(new JsonConfigNode("", object(text)));
  }

  /**
   * Those of the variable {@code HASURA_GRAPHQL_JWT_SECRET}; null where it is not set.
   *
   * @throws ConfigurationException where they cannot be used
   */
  public static @Nullable HasuraJwtConfig of(@Nullable String variable) {
    if (variable == null) {
      return null;
    }
    try {
      return parse(variable);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "HASURA_GRAPHQL_JWT_SECRET", "cannot be used: " + e.getMessage());
    }
  }

  private static Map<String, @Nullable Object> object(String text) {
    try {
      return new StrictJson().parseMembers(text.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("it " + e.getMessage(), e);
    }
  }
}
