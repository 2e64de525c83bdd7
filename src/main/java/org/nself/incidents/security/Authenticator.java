package org.nself.incidents.security;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.jwt.HasuraClaims;
import org.nself.incidents.security.jwt.HasuraJwtVerifier;
import org.nself.incidents.security.jwt.TokenLocation;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.HeaderLookup;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.nself.incidents.web.input.Strings;

/**
 * Authenticates requests. A caller with a shared secret is trusted, and its headers name the
 * account, role and user. A caller with a Hasura JWT is identified by its claims; identity headers
 * are ignored.
 */
public final class Authenticator {

  private static final TokenLocation BEARER = new TokenLocation.Authorization();

  /** When the credentials expire that a gateway verified: a stream that it forwards ends then. */
  static final String VALID_UNTIL = "X-Nself-Valid-Until";

  /** In the order in which they count. The second is what nSelf's gateway sends. */
  private static final List<String> ACCOUNT_HEADERS =
      List.of("X-Hasura-Source-Account-Id", "X-Hasura-Tenant-Id", "X-Source-Account-Id");

  private static final String DEFAULT_ACCOUNT = "primary";
  private static final int MAX_ACTOR = 200;

  private final SharedSecret pluginSecret;
  private final @Nullable SharedSecret internalSecret;
  private final List<HasuraJwtVerifier> jwts;
  private final Map<String, String> roleMap;
  private final String accountClaim;
  private final @Nullable String defaultAccount;
  private final WrongTokenLimiter limiter;

  /**
   * @param jwts one for each issuer; empty where JWTs are not accepted
   */
  public Authenticator(Settings settings, List<HasuraJwtVerifier> jwts) {
    this.pluginSecret = new SharedSecret(settings.pluginSecret());
    this.internalSecret =
        settings.internalSecret() == null ? null : new SharedSecret(settings.internalSecret());
    this.jwts = jwts;
    this.roleMap = settings.callers().roleMap();
    this.accountClaim = settings.accountClaim();
    this.defaultAccount = settings.defaultAccount();
    this.limiter =
        new WrongTokenLimiter(settings.callers().maxWrongTokens(), Ticker.systemTicker());
  }

  /**
   * @param address where the request comes from; wrong tokens are counted by it
   * @throws ApiException {@code unauthenticated} for missing or wrong credentials; {@code
   *     rate_limited} for wrong ones from an address that sent too many; {@code forbidden} for
   *     credentials without an account or a known role; {@code unavailable} while the keys of JWTs
   *     have not been fetched
   */
  public Authentication authenticate(HeaderLookup headers, String address) {
    boolean blocked = limiter.isBlocked(address);
    @Nullable String internal = headers.get("X-Internal-Token");
    if (internal != null) {
      if (!blocked && internalSecret != null && internalSecret.matches(internal)) {
        return fromTrustedHeaders(headers, address);
      }
      throw wrongToken(address, "X-Internal-Token is wrong");
    }
    @Nullable String bearer = BEARER.token(headers);
    if (bearer != null && !blocked && pluginSecret.matches(bearer)) {
      return fromTrustedHeaders(headers, address);
    }
    @Nullable Authentication user = fromAnyJwt(headers, address);
    if (user != null) {
      return user;
    }
    if (bearer == null) {
      throw ApiException.unauthenticated(
          "Send Authorization: Bearer with the plug-in's token"
              + (jwts.isEmpty() ? "" : " or a Hasura JWT"));
    }
    throw wrongToken(address, "The bearer token is wrong");
  }

  /** For how long the address should not send tokens after {@code rate_limited}, in seconds. */
  int retryAfterSeconds(String address) {
    return limiter.retryAfterSeconds(address);
  }

  /**
   * The caller of a JWT that one of the issuers has signed; null if there is none. Not skipped for
   * a blocked address: a signature cannot be found by trying. A token that has only expired is not
   * counted as wrong: clients send it before they renew it.
   */
  private @Nullable Authentication fromAnyJwt(HeaderLookup headers, String address) {
    // First without waiting for issuers, so that one that does not respond delays no token of
    // another; then again, with the keys that issuers publish now.
    if (jwts.size() > 1) {
      @Nullable Authentication user =
          fromAnyJwt(headers, address, HasuraJwtVerifier::verifySignatureByKnownKeys);
      if (user != null) {
        return user;
      }
    }
    List<ApiException> refusals = new ArrayList<>();
    @Nullable Authentication user =
        fromAnyJwt(
            headers,
            address,
            (jwt, token) -> {
              try {
                return jwt.verifySignature(token);
              } catch (ApiException e) {
                refusals.add(e);
                return null;
              }
            });
    if (user != null || refusals.isEmpty()) {
      return user;
    }
    // A token of an issuer whose keys are not known yet is not a wrong one.
    for (ApiException refusal : refusals) {
      if (refusal.code() != ErrorCode.UNAUTHENTICATED) {
        throw refusal;
      }
    }
    throw wrongToken(address, refusals.getFirst().detail());
  }

  /**
   * @param verify returns the payload of a token that the issuer has signed, else null
   * @throws ApiException if an issuer has signed the token and none accepts its claims
   */
  private @Nullable Authentication fromAnyJwt(
      HeaderLookup headers,
      String address,
      BiFunction<HasuraJwtVerifier, String, byte @Nullable []> verify) {
    @Nullable ApiException badClaims = null;
    for (HasuraJwtVerifier jwt : jwts) {
      @Nullable String token = jwt.token(headers);
      byte @Nullable [] payload = token == null ? null : verify.apply(jwt, token);
      if (payload == null) {
        continue;
      }
      HasuraClaims claims;
      try {
        claims = jwt.readClaims(payload);
      } catch (ApiException e) {
        badClaims = badClaims == null ? e : badClaims;
        continue;
      }
      Caller caller = fromJwt(headers, claims);
      limiter.recordSuccess(address);
      return new Authentication(caller, jwt.readsCookie());
    }
    if (badClaims != null) {
      throw badClaims;
    }
    return null;
  }

  private ApiException wrongToken(String address, String detail) {
    return limiter.recordFailure(address)
        ? ApiException.of(
            ErrorCode.RATE_LIMITED,
            "Too many wrong tokens come from this address; try again in %d s"
                .formatted(limiter.retryAfterSeconds(address)))
        : ApiException.unauthenticated(detail);
  }

  /**
   * A header that is present and empty is refused like any other wrong value: it is a gateway's
   * variable that was not filled. So is a role without an account, which would be the role in the
   * account {@code primary}.
   */
  private Authentication fromTrustedHeaders(HeaderLookup headers, String address) {
    @Nullable String account = null;
    for (String name : ACCOUNT_HEADERS) {
      account = account == null ? headers.get(name) : account;
    }
    @Nullable String role = headers.get("X-Hasura-Role");
    if (account == null && role != null) {
      throw ApiException.forbidden(
          "A role needs an account: X-Hasura-Role comes without X-Hasura-Source-Account-Id");
    }
    @Nullable String actor = headers.get("X-Hasura-User-Id");
    Caller caller =
        createCaller(
            account == null ? DEFAULT_ACCOUNT : account,
            role == null ? Role.ADMIN.value() : role,
            actor == null ? "service" : actor,
            validUntil(headers.get(VALID_UNTIL)));
    limiter.recordSuccess(address);
    return new Authentication(caller, false);
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
    if (account == null && accountClaim.equals(Settings.DEFAULT_ACCOUNT_CLAIM)) {
      // nSelf's gateway signs the tenant.
      account = session.variables().get("x-hasura-tenant-id");
    }
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

  private Caller createCaller(
      String account, String roleName, String actor, @Nullable Instant validUntil) {
    @Nullable Role role =
        Role.parse(roleMap.getOrDefault(roleName.toLowerCase(Locale.ROOT), roleName));
    if (role == null) {
      throw ApiException.forbidden(
          "Unknown role; expected one of viewer, user, responder, admin, or one that ROLE_MAP"
              + " maps to them");
    }
    return new Caller(
        requireValid("account id", account, Settings.MAX_ACCOUNT_LENGTH),
        role,
        requireValid("user id", Strings.normalize(actor), MAX_ACTOR),
        validUntil);
  }

  /**
   * An empty account is rejected instead of replaced by the default one: a gateway that failed to
   * fill in a variable must not give access to another account.
   */
  private static String requireValid(String what, String value, int max) {
    if (value.isBlank()
        || value.codePointCount(0, value.length()) > max
        || value.chars().anyMatch(Character::isISOControl)) {
      throw ApiException.forbidden(
          "The %s must have 1 to %d characters and no control characters".formatted(what, max));
    }
    return value;
  }
}
