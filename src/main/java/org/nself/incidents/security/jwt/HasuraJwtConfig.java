package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
   * Those of the variables {@code HASURA_GRAPHQL_JWT_SECRET} and {@code
   * HASURA_GRAPHQL_JWT_SECRETS}, in this order.
   *
   * @param one null if it is not set
   * @param several null if it is not set
   * @throws ConfigurationException if one is not valid
   */
  public static List<HasuraJwtConfig> of(@Nullable String one, @Nullable String several) {
    List<HasuraJwtConfig> configs = new ArrayList<>();
    if (one != null) {
      try {
        configs.add(parse(one));
      } catch (IllegalArgumentException e) {
        throw new ConfigurationException(
            "HASURA_GRAPHQL_JWT_SECRET", "cannot be used: " + e.getMessage());
      }
    }
    if (several != null) {
      try {
        configs.addAll(parseAll(several));
      } catch (IllegalArgumentException e) {
        throw new ConfigurationException(
            "HASURA_GRAPHQL_JWT_SECRETS", "cannot be used: " + e.getMessage());
      }
    }
    return List.copyOf(configs);
  }

  @SuppressWarnings("unchecked")
  private static List<HasuraJwtConfig> parseAll(String array) {
    Map<String, @Nullable Object> wrapped =
        new StrictJson().parseMembers(("{\"_\":" + array + "}").getBytes(StandardCharsets.UTF_8));
    if (wrapped.size() != 1 || !(wrapped.get("_") instanceof List<?> items)) {
      throw new IllegalArgumentException("it is not a JSON array");
    }
    List<HasuraJwtConfig> configs = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      if (!(items.get(i) instanceof Map<?, ?> members)) {
        throw new IllegalArgumentException("[%d] is not a JSON object".formatted(i));
      }
      try {
        configs.add(
            HasuraJwtConfigParser.parse(
                new JsonConfigNode("", (Map<String, @Nullable Object>) members)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("[%d]: %s".formatted(i, e.getMessage()), e);
      }
    }
    return configs;
  }
}
