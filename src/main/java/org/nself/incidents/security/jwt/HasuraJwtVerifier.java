package org.nself.incidents.security.jwt;

import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.HeaderLookup;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;

/**
 * Finds out what a JWT says and whether it is true, by the configuration that Hasura itself is
 * given. A token is accepted where Hasura accepts it, with these exceptions, where it is refused:
 *
 * <ul>
 *   <li>It is signed with another algorithm than the configured one, though the key would do for
 *       both. With a {@code jwk_url} and no {@code type}, any algorithm that the key is for will
 *       do, but no HMAC: what is published is no secret.
 *   <li>Its {@code kid} names one key and another has signed it; or names none, and no key without
 *       a name has signed it. Hasura tries all keys whatever the {@code kid}.
 *   <li>A member of its JSON, or a claim but for upper and lower case, is there twice; a segment is
 *       not in the one canonical spelling of base64url; it is longer than 16,384 characters, or its
 *       JSON deeper than anybody means it.
 *   <li>Its header has {@code crit} or {@code b64}.
 *   <li>It comes in a cookie that is there twice with different values.
 * </ul>
 */
public final class HasuraJwtVerifier {

  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);

  private final HasuraJwtConfig settings;
  private final JwtKeySource keys;
  private final Clock clock;
  private final StrictJson json = new StrictJson();

  /** Begins to fetch the keys where the settings say that they are published somewhere. */
  public HasuraJwtVerifier(HasuraJwtConfig settings, Clock clock, HttpClient client) {
    this.settings = settings;
    this.clock = clock;
    this.keys =
        switch (settings.keys()) {
          case HasuraJwtConfig.Keys.Given(JwtKey key) -> new JwtKeySource.Given(List.of(key));
          case HasuraJwtConfig.Keys.Published(var url, var accepted) -> {
            RemoteJwkSet set =
                new RemoteJwkSet(new JwkSetClient(url, accepted, client, FETCH_TIMEOUT), clock);
            set.prepare();
            yield set;
          }
        };
  }

  /** The JWT that a request came with, unchecked; null where there is none. */
  public @Nullable String token(HeaderLookup headers) {
    return settings.location().token(headers);
  }

  /**
   * @throws ApiException {@code unauthenticated}, where the token is not good, saying why; {@code
   *     unavailable}, where the keys to tell have not been had yet
   */
  public HasuraClaims verify(String token) {
    UnverifiedJwt jws = UnverifiedJwt.parse(token, json);
    checkSignature(jws);
    Map<String, @Nullable Object> claims = jws.claims(json);
    settings.conditions().check(claims, clock.instant());
    return HasuraClaims.of(
        settings.claims().in(claims, json),
        JwtClaimsValidator.text(claims, "sub"),
        settings.conditions().end(claims));
  }

  private void checkSignature(UnverifiedJwt jws) {
    @Nullable JwtAlgorithm algorithm = JwtAlgorithm.ofHeader(jws.algorithm());
    if (algorithm == null || !settings.keys().accepted().contains(algorithm)) {
      throw ApiException.unauthenticated(
          "The token is signed with an algorithm that is not accepted");
    }
    @Nullable String id = jws.keyId();
    List<JwtKey> known = keys.currentKeys();
    if (signed(jws, algorithm, id, known)) {
      return;
    }
    // A key of that very name has spoken; otherwise the one that signed may be new.
    boolean maybeNew = id == null || named(id, known).isEmpty();
    if (maybeNew && signed(jws, algorithm, id, keys.refresh())) {
      return;
    }
    throw ApiException.unauthenticated(
        "The token's signature is not by a key that is trusted here");
  }

  private static boolean signed(
      UnverifiedJwt jws, JwtAlgorithm algorithm, @Nullable String id, List<JwtKey> keys) {
    List<JwtKey> candidates = id == null ? keys : named(id, keys);
    if (candidates.isEmpty()) {
      candidates = keys.stream().filter(key -> key.id() == null).toList();
    }
    return candidates.stream().anyMatch(key -> key.signed(jws, algorithm));
  }

  private static List<JwtKey> named(String id, List<JwtKey> keys) {
    return keys.stream().filter(key -> id.equals(key.id())).toList();
  }
}
