package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.Base64URL;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.HeaderLookup;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;

/**
 * Verifies JWTs by Hasura's own configuration. A token is accepted if Hasura accepts it, with these
 * exceptions, which are refused:
 *
 * <ul>
 *   <li>It is signed with another algorithm than the configured one, though the key fits both. With
 *       a {@code jwk_url} and no {@code type}, any algorithm that the key fits is accepted, but no
 *       HMAC: what is published is no secret.
 *   <li>Its {@code kid} names one key and another has signed it; or names none, and no key without
 *       a {@code kid} has signed it. Hasura tries all keys whatever the {@code kid}.
 *   <li>A member of its JSON, or a claim but for upper and lower case, is duplicated; a segment is
 *       not in the one canonical spelling of base64url; it is longer than 16,384 characters, or its
 *       JSON nested too deep.
 *   <li>Its header has {@code crit} or {@code b64}.
 *   <li>It comes in a cookie that is sent more than once with different values.
 * </ul>
 *
 * <p>Nimbus verifies the signatures. Its {@code DefaultJWTProcessor} is not used, because it would
 * accept the third kind of token, and parses claims before it verifies the signature.
 */
public final class HasuraJwtVerifier {

  /** More than a request's headers can hold, and what a WebSocket's opening message may. */
  private static final int MAX_LENGTH = 16_384;

  private static final Duration FETCH_TIMEOUT = Duration.ofSeconds(5);

  private final HasuraJwtConfig config;
  private final @Nullable RemoteJwkSet remoteKeys;
  private final Clock clock;
  private final StrictJson json = new StrictJson();

  /** Starts to fetch the keys if they are published at a URL. */
  public HasuraJwtVerifier(HasuraJwtConfig config, Clock clock, HttpClient client) {
    this.config = config;
    this.clock = clock;
    this.remoteKeys =
        config.jwkSetUrl() == null
            ? null
            : new RemoteJwkSet(
                new JwkSetClient(config.jwkSetUrl(), config.algorithms(), client, FETCH_TIMEOUT),
                clock);
    if (remoteKeys != null) {
      remoteKeys.prefetch();
    }
  }

  /** Whether a browser adds the JWT to requests by itself, whichever page causes them. */
  public boolean readsCookie() {
    return config.location() instanceof TokenLocation.Cookie;
  }

  /** The JWT of a request, not verified; null if there is none. */
  public @Nullable String token(HeaderLookup headers) {
    return config.location().token(headers);
  }

  /**
   * @throws ApiException {@code unauthenticated}, if the token is refused, saying why; {@code
   *     unavailable}, if the keys have not been fetched yet
   */
  public HasuraClaims verify(String token) {
    return readClaims(verifySignature(token));
  }

  /**
   * The payload of a token that a trusted key has signed. Its claims are not validated yet.
   *
   * @throws ApiException as {@link #verify}
   */
  public byte[] verifySignature(String token) {
    return verifySignature(token, false);
  }

  /**
   * As {@link #verifySignature}, by keys that are known already: never waits for an issuer.
   *
   * @return null if none of them has signed it
   */
  public byte @Nullable [] verifySignatureByKnownKeys(String token) {
    try {
      return verifySignature(token, true);
    } catch (ApiException e) {
      return null;
    }
  }

  private byte[] verifySignature(String token, boolean knownKeysOnly) {
    String[] parts = split(token);
    Map<String, @Nullable Object> header = object("header", decode(parts[0]));
    // Extensions that must be understood (RFC 7515 section 4.1.11); none is supported.
    if (header.containsKey("crit") || header.containsKey("b64")) {
      throw ApiException.unauthenticated("The token's header has crit or b64, which are refused");
    }
    byte[] payload = decode(parts[1]);
    decode(parts[2]);
    String signingInput = token.substring(0, token.lastIndexOf('.'));
    requireTrustedSignature(
        header,
        signingInput.getBytes(StandardCharsets.US_ASCII),
        new Base64URL(parts[2]),
        knownKeysOnly);
    return payload;
  }

  /**
   * The claims of a payload that {@link #verifySignature} has given.
   *
   * @throws ApiException {@code unauthenticated}, if they are refused, such as an expired token's
   */
  public HasuraClaims readClaims(byte[] payload) {
    Map<String, @Nullable Object> claims = object("payload", payload);
    config.claimsValidator().validate(claims, clock.instant());
    return HasuraClaims.of(
        config.claims().extract(claims, json),
        JwtClaimsValidator.text(claims, "sub"),
        config.claimsValidator().expiresAt(claims));
  }

  private static String[] split(String token) {
    if (token.length() > MAX_LENGTH) {
      throw ApiException.unauthenticated(
          "The token is longer than %,d characters".formatted(MAX_LENGTH));
    }
    String[] parts = token.split("\\.", -1);
    if (parts.length == 5) {
      throw ApiException.unauthenticated("The token is encrypted; only signed tokens are accepted");
    }
    if (parts.length != 3) {
      throw ApiException.unauthenticated("The token is not a JWT");
    }
    return parts;
  }

  /** Only what an encoder writes, without padding and stray bits: each token has one encoding. */
  private static byte[] decode(String part) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Refused below, as another spelling is.
    }
    throw ApiException.unauthenticated("The token is not a JWT: it is not in base64url");
  }

  private Map<String, @Nullable Object> object(String part, byte[] bytes) {
    try {
      return json.parseMembers(bytes);
    } catch (IllegalArgumentException e) {
      throw ApiException.unauthenticated("The token's " + part + " " + e.getMessage());
    }
  }

  /**
   * @param header of which only {@code alg} and {@code kid} are read: a token may not bring its own
   *     key ({@code jwk}, {@code jku}, {@code x5u})
   */
  private void requireTrustedSignature(
      Map<String, @Nullable Object> header,
      byte[] signingInput,
      Base64URL signature,
      boolean knownKeysOnly) {
    if (!(header.get("alg") instanceof String name)) {
      throw ApiException.unauthenticated("The token's header names no algorithm");
    }
    JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
    if (!config.algorithms().contains(algorithm)) {
      throw ApiException.unauthenticated(
          "The token is signed with the algorithm %s; accepted: %s"
              .formatted(
                  name.matches("[A-Za-z0-9-]{1,20}") ? name : "of an invalid name",
                  config.algorithms().stream()
                      .map(JWSAlgorithm::getName)
                      .sorted()
                      .collect(Collectors.joining(", "))));
    }
    @Nullable String id = JwtClaimsValidator.text(header, "kid");
    Predicate<JwtKey> hasSigned = key -> key.verifies(algorithm, signingInput, signature);
    List<JwtKey> keys = keys(knownKeysOnly);
    if (candidates(keys, id).anyMatch(hasSigned)) {
      return;
    }
    // The key that signed may be new, unless a known one has that very kid.
    if (remoteKeys != null
        && !knownKeysOnly
        && (id == null || !hasId(keys, id))
        && candidates(remoteKeys.refresh(), id).anyMatch(hasSigned)) {
      return;
    }
    throw ApiException.unauthenticated("The token's signature is not by a trusted key");
  }

  private List<JwtKey> keys(boolean knownKeysOnly) {
    if (remoteKeys != null) {
      return knownKeysOnly ? remoteKeys.keysWithoutWaiting() : remoteKeys.currentKeys();
    }
    return config.key() == null ? List.of() : List.of(config.key());
  }

  /** Those of the token's {@code kid}, else those without one; all for a token without one. */
  private static Stream<JwtKey> candidates(List<JwtKey> keys, @Nullable String id) {
    if (id == null) {
      return keys.stream();
    }
    @Nullable String wanted = hasId(keys, id) ? id : null;
    return keys.stream().filter(key -> Objects.equals(wanted, key.id()));
  }

  private static boolean hasId(List<JwtKey> keys, String id) {
    return keys.stream().anyMatch(key -> id.equals(key.id()));
  }
}
