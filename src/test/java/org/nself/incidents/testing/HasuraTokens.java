package org.nself.incidents.testing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** Creates JWTs like those of an nSelf project's authentication service. */
public final class HasuraTokens {

  private static final String KEY = "a key that only the login and those it trusts know";

  private HasuraTokens() {}

  /** The value of {@code HASURA_GRAPHQL_JWT_SECRET}. */
  public static String configuration() {
    return "{\"type\":\"HS256\",\"key\":\"" + KEY + "\"}";
  }

  /**
   * A token for a user of an account.
   *
   * @param role the only allowed role
   * @param lifetime from now; negative for an expired token
   * @param more additional claims
   */
  public static String of(
      String account, String role, String user, Duration lifetime, Map<String, Object> more) {
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .subject(user)
            .expirationTime(Date.from(Instant.now().plus(lifetime)))
            .claim(
                "https://hasura.io/jwt/claims",
                Map.of(
                    "x-hasura-default-role", role,
                    "x-hasura-allowed-roles", List.of(role),
                    "x-hasura-user-id", user,
                    "x-hasura-source-account-id", account));
    more.forEach(claims::claim);
    try {
      SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
      token.sign(new MACSigner(KEY));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A token that is valid for one minute. */
  public static String of(String account, String role, String user) {
    return of(account, role, user, Duration.ofMinutes(1), Map.of());
  }
}
