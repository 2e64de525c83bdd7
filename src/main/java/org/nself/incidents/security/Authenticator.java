package org.nself.incidents.security;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.jwt.HasuraClaims;
import org.nself.incidents.security.jwt.HasuraJwtVerifier;
import org.nself.incidents.security.jwt.TokenLocation;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.HeaderLookup;
import org.nself.incidents.web.error.ApiException;

/**
 * Authenticates requests. A caller with a shared secret is trusted, and its headers name the
 * account, role and user. A caller with a Hasura JWT is identified by its claims; identity headers
 * are ignored.
 */
public final class Authenticator {

  private static final TokenLocation BEARER = new TokenLocation.Authorization();

  /** When the credentials expire that a gateway verified: a stream that it forwards ends then. */
  static final String VALID_UNTIL = "X-Nself-Valid-Until";

  private static final String DEFAULT_ACCOUNT = "primary";
  private static final int MAX_ACTOR = 200;

  private final SharedSecret pluginSecret;
  private final @Nullable SharedSecret internalSecret;
  private final @Nullable HasuraJwtVerifier jwt;
  private final String accountClaim;
  private final @Nullable String defaultAccount;

  /**
   * @param jwt null where JWTs are not accepted
   */
  public Authenticator(Settings settings, @Nullable HasuraJwtVerifier jwt) {
    this.pluginSecret = new SharedSecret(settings.pluginSecret());
    this.internalSecret =
        settings.internalSecret() == null ? null : new SharedSecret(settings.internalSecret());
    this.jwt = jwt;
    this.accountClaim = settings.accountClaim();
    this.defaultAccount = settings.defaultAccount();
  }

  /**
   * @throws ApiException {@code unauthenticated} for missing or wrong credentials; {@code
   *     forbidden} where they name no account or an unknown role; {@code unavailable} where the
   *     keys to verify them cannot be fetched
   */
  public Caller authenticate(HeaderLookup headers) {
    @Nullable String internal = headers.get("X-Internal-Token");
    if (internal != null) {
      if (internalSecret != null && internalSecret.matches(internal)) {
        return fromTrustedHeaders(headers);
      }
      throw ApiException.unauthenticated("X-Internal-Token is wrong");
    }
    @Nullable String bearer = BEARER.token(headers);
    if (bearer != null && pluginSecret.matches(bearer)) {
      return fromTrustedHeaders(headers);
    }
    @Nullable String token = jwt == null ? null : jwt.token(headers);
    if (jwt != null && token != null) {
      return fromJwt(headers, jwt.verify(token));
    }
    throw ApiException.unauthenticated(
        bearer == null
            ? "Send Authorization: Bearer with the plug-in's token"
                + (jwt == null ? "" : " or a Hasura JWT")
            : "The bearer token is wrong");
  }

  private static Caller fromTrustedHeaders(HeaderLookup headers) {
    @Nullable String account = headers.get("X-Hasura-Source-Account-Id");
    if (account == null) {
      account = headers.get("X-Source-Account-Id");
    }
    @Nullable String role = headers.get("X-Hasura-Role");
    @Nullable String actor = headers.get("X-Hasura-User-Id");
    return createCaller(
        account == null ? DEFAULT_ACCOUNT : account,
        role == null ? Role.ADMIN.value() : role,
        actor == null ? "service" : actor,
        validUntil(headers.get(VALID_UNTIL)));
  }

  private static @Nullable Instant validUntil(@Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw ApiException.malformed(VALID_UNTIL, "must be an RFC 3339 timestamp");
    }
  }

  private Caller fromJwt(HeaderLookup headers, HasuraClaims session) {
    String role = session.role(headers.get("X-Hasura-Role"));
    @Nullable String account = session.variables().get(accountClaim);
    if (account == null) {
      account = defaultAccount;
    }
    if (account == null) {
      throw ApiException.forbidden(
          "The token names no account: it lacks the claim " + accountClaim);
    }
    @Nullable String actor = session.variables().get("x-hasura-user-id");
    if (actor == null) {
      actor = session.subject();
    }
    return createCaller(account, role, actor == null ? role : actor, session.expiresAt());
  }

  private static Caller createCaller(
      String account, String roleName, String actor, @Nullable Instant validUntil) {
    @Nullable Role role = Role.parse(roleName);
    if (role == null) {
      throw ApiException.forbidden("Unknown role; expected one of viewer, user, responder, admin");
    }
    return new Caller(
        requireValid("account id", account, Settings.MAX_ACCOUNT_LENGTH),
        role,
        requireValid("user id", actor, MAX_ACTOR),
        validUntil);
  }

  /**
   * An empty account is rejected instead of replaced by the default one: a gateway that failed to
   * fill in a variable must not give access to another account.
   */
  private static String requireValid(String what, String value, int max) {
    if (value.isBlank()
        || value.length() > max
        || value.chars().anyMatch(Character::isISOControl)) {
      throw ApiException.forbidden(
          "The %s must have 1 to %d characters and no control characters".formatted(what, max));
    }
    return value;
  }
}
