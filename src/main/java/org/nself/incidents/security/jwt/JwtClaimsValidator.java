package org.nself.incidents.security.jwt;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * Validates the registered claims of a token (RFC 7519 section 4.1). A claim that is absent or null
 * is accepted, as in Hasura, even {@code exp}.
 *
 * <p>Nimbus's DefaultJWTClaimsVerifier differs: it ignores a claim of a wrong type and {@code iat},
 * requires a configured {@code iss} to be there, and counts times and skew in whole seconds.
 *
 * @param audience of which {@code aud} must name one; null for any
 * @param issuer what {@code iss} must be; null for any
 * @param allowedSkew how far the clocks of issuer and service may differ
 */
record JwtClaimsValidator(
    @Nullable Set<String> audience, @Nullable String issuer, Duration allowedSkew) {

  /** The end of the year 9999, the latest time that claims can name here. */
  private static final double LAST_SECOND = 253_402_300_799.0;

  /**
   * @throws ApiException {@code unauthenticated}, naming the claim that is refused
   */
  void validate(Map<String, @Nullable Object> claims, Instant now) {
    @Nullable Instant expiry = expiresAt(claims);
    if (expiry != null && !now.isBefore(expiry)) {
      throw ApiException.unauthenticated("The token has expired");
    }
    Instant latest = now.plus(allowedSkew);
    @Nullable Instant notBefore = time(claims, "nbf");
    if (notBefore != null && notBefore.isAfter(latest)) {
      throw ApiException.unauthenticated("The token is not valid yet (nbf)");
    }
    @Nullable Instant issuedAt = time(claims, "iat");
    if (issuedAt != null && issuedAt.isAfter(latest)) {
      throw ApiException.unauthenticated("The token was issued in the future (iat)");
    }
    @Nullable String tokenIssuer = text(claims, "iss");
    if (issuer != null && tokenIssuer != null && !issuer.equals(tokenIssuer)) {
      throw ApiException.unauthenticated("The token is from another issuer (iss)");
    }
    @Nullable List<?> tokenAudience = audience(claims.get("aud"));
    if (audience != null
        && tokenAudience != null
        && tokenAudience.stream().noneMatch(audience::contains)) {
      throw ApiException.unauthenticated("The token is for another audience (aud)");
    }
  }

  /** When the token expires, skew included; null if never. */
  @Nullable Instant expiresAt(Map<String, @Nullable Object> claims) {
    @Nullable Instant expiry = time(claims, "exp");
    return expiry == null ? null : expiry.plus(allowedSkew);
  }

  /** A claim that must be a string; null if absent. */
  static @Nullable String text(Map<String, @Nullable Object> claims, String name) {
    return switch (claims.get(name)) {
      case String text -> text;
      case null -> null;
      default -> throw ApiException.unauthenticated("The token's " + name + " is not a string");
    };
  }

  /** Seconds since 1970, whole or not, clamped to the years 1970 to 9999. */
  private static @Nullable Instant time(Map<String, @Nullable Object> claims, String name) {
    return switch (claims.get(name)) {
      // As a double: exact to the microsecond in this century, and cheap for any exponent.
      case Number seconds ->
          Instant.ofEpochMilli(
              Math.round(Math.clamp(seconds.doubleValue(), 0, LAST_SECOND) * 1_000));
      case null -> null;
      default -> throw ApiException.unauthenticated("The token's " + name + " is not a number");
    };
  }

  private static @Nullable List<?> audience(@Nullable Object claim) {
    return switch (claim) {
      case String one -> List.of(one);
      case List<?> several when several.stream().allMatch(String.class::isInstance) -> several;
      case null -> null;
      default ->
          throw ApiException.unauthenticated(
              "The token's aud is neither a string nor a list of them");
    };
  }
}
