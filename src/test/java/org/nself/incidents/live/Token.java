package org.nself.incidents.live;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** A viewer's token, as Hasura's users have them. */
final class Token {

  static final String KEY = "a-secret-of-at-least-thirty-two-bytes";

  private Token() {}

  static String of(String account, Instant until) throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader(JWSAlgorithm.HS256),
            new JWTClaimsSet.Builder()
                .expirationTime(Date.from(until))
                .claim(
                    "https://hasura.io/jwt/claims",
                    Map.of(
                        "x-hasura-allowed-roles",
                        List.of("viewer"),
                        "x-hasura-default-role",
                        "viewer",
                        "x-hasura-user-id",
                        "ann",
                        "x-hasura-source-account-id",
                        account))
                .build());
    token.sign(new MACSigner(KEY));
    return token.serialize();
  }
}
