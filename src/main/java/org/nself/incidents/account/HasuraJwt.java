package org.nself.incidents.account;

import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.Problem;

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
public final class HasuraJwt {

  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);

  private final HasuraJwtSettings settings;
  private final JwtKeys keys;
  private final Clock clock;
  private final JsonText json = new JsonText();

  /** Begins to fetch the keys where the settings say that they are published somewhere. */
  public HasuraJwt(HasuraJwtSettings settings, Clock clock, HttpClient client) {
    this.settings = settings;
    this.clock = clock;
    this.keys =
        switch (settings.keys()) {
          case HasuraJwtSettings.Keys.Given(JwtKey key) -> new JwtKeys.Given(List.of(key));
          case HasuraJwtSettings.Keys.Published(var url, var accepted) -> {
            JwkSet set = new JwkSet(new JwkFetch(url, accepted, client, FETCH_TIMEOUT), clock);
            set.prepare();
            yield set;
          }
        };
  }

  /** The JWT that a request came with, unchecked; null where there is none. */
  public @Nullable String token(RequestHeaders headers) {
    return settings.location().token(headers);
  }

  /**
   * @throws Problem {@code unauthenticated}, where the token is not good, saying why; {@code
   *     unavailable}, where the keys to tell have not been had yet
   */
  public HasuraSession verify(String token) {
    CompactJws jws = CompactJws.parse(token, json);
    checkSignature(jws);
    Map<String, @Nullable Object> claims = jws.claims(json);
    settings.conditions().check(claims, clock.instant());
    return HasuraSession.of(
        settings.claims().in(claims, json),
        JwtConditions.text(claims, "sub"),
        settings.conditions().end(claims));
  }

  private void checkSignature(CompactJws jws) {
    @Nullable JwtAlgorithm algorithm = JwtAlgorithm.ofHeader(jws.algorithm());
    if (algorithm == null || !settings.keys().accepted().contains(algorithm)) {
      throw Problem.unauthenticated("The token is signed with an algorithm that is not accepted");
    }
    @Nullable String id = jws.keyId();
    List<JwtKey> known = keys.known();
    if (signed(jws, algorithm, id, known)) {
      return;
    }
    // A key of that very name has spoken; otherwise the one that signed may be new.
    boolean maybeNew = id == null || named(id, known).isEmpty();
    if (maybeNew && signed(jws, algorithm, id, keys.lookedUpAgain())) {
      return;
    }
    throw Problem.unauthenticated("The token's signature is not by a key that is trusted here");
  }

  private static boolean signed(
      CompactJws jws, JwtAlgorithm algorithm, @Nullable String id, List<JwtKey> keys) {
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
