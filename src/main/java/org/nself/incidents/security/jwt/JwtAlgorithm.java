package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a JWT may be signed with: the types of Hasura's configuration (RFC 7518, RFC 8037). {@code
 * none} is not among them.
 */
enum JwtAlgorithm {
  HS256("HS256"),
  HS384("HS384"),
  HS512("HS512"),
  RS256("RS256"),
  RS384("RS384"),
  RS512("RS512"),
  ES256("ES256"),
  ES384("ES384"),
  ES512("ES512"),
  ED25519("Ed25519");

  private final String type;

  JwtAlgorithm(String type) {
    this.type = type;
  }

  /** The one that a configuration calls so, as {@code type}; null where there is none. */
  static @Nullable JwtAlgorithm ofType(String name) {
    for (JwtAlgorithm algorithm : values()) {
      if (algorithm.type.equals(name)) {
        return algorithm;
      }
    }
    return null;
  }

  /**
   * The one that a token or a key calls so, as {@code alg}; null where there is none. Ed25519 has
   * an older name there too, EdDSA.
   */
  static @Nullable JwtAlgorithm ofHeader(String alg) {
    return alg.equals(JWSAlgorithm.EdDSA.getName()) ? ED25519 : ofType(alg);
  }

  static String types() {
    return Arrays.stream(values())
        .map(algorithm -> algorithm.type)
        .collect(Collectors.joining(", "));
  }

  JWSAlgorithm jws() {
    return JWSAlgorithm.parse(type);
  }

  boolean isSymmetric() {
    return JWSAlgorithm.Family.HMAC_SHA.contains(jws());
  }

  @Override
  public String toString() {
    return type;
  }
}
