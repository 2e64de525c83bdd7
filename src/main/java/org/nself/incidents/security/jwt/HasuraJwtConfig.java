package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.ConfigurationException;
import org.nself.incidents.web.input.StrictJson;

/**
 * Hasura's JWT configuration, the JSON of {@code HASURA_GRAPHQL_JWT_SECRET}, parsed strictly.
 *
 * <p>Stricter than Hasura: an unknown member is refused, because a misspelt one ({@code audiance})
 * would silently disable a check; and {@code type} restricts the keys of a {@code jwk_url} too.
 *
 * @param algorithms those that tokens may use
 * @param key the one of {@code key}; null if {@code jwkSetUrl} is given
 * @param jwkSetUrl {@code jwk_url}; null if {@code key} is given
 * @param location where in a request the token is
 * @param claimsValidator what its registered claims must say
 * @param claims where its session variables are
 */
public record HasuraJwtConfig(
    Set<JWSAlgorithm> algorithms,
    @Nullable JwtKey key,
    @Nullable URI jwkSetUrl,
    TokenLocation location,
    JwtClaimsValidator claimsValidator,
    ClaimsMapping claims) {

  /**
   * @throws IllegalArgumentException if the text is not valid, naming the member and never quoting
   *     a key
   */
  public static HasuraJwtConfig parse(String text) {
    Map<String, @Nullable Object> members;
    try {
      members = new StrictJson().parseMembers(text.getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("it " + e.getMessage(), e);
    }
    return HasuraJwtConfigParser.parse(new JsonConfigNode("", members));
  }

  /**
   * That of the variable {@code HASURA_GRAPHQL_JWT_SECRET}; null if it is not set.
   *
   * @throws ConfigurationException if it is not valid
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
}
