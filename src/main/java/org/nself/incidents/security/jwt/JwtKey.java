package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A key that tokens are checked with.
 *
 * @param id its {@code kid}; null where it has none
 * @param algorithms what it is good for: a key never serves an algorithm of another kind, and a
 *     public key never serves as a secret
 */
record JwtKey(@Nullable String id, Set<JwtAlgorithm> algorithms, JWSVerifier verifier) {

  private static final Logger log = LoggerFactory.getLogger(JwtKey.class);

  /**
   * What RFC 7518 (section 3.3) wants. Shorter ones are taken nevertheless: Hasura takes them, and
   * has one in its manual.
   */
  private static final int RSA_BITS = 2_048;

  /**
   * The secret of an HMAC.
   *
   * @throws IllegalArgumentException where it is shorter than RFC 7518 (section 3.2) wants it
   */
  static JwtKey secret(JwtAlgorithm algorithm, String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    try {
      int least = MACVerifier.getMinRequiredSecretLength(algorithm.jws()) / 8;
      if (bytes.length < least) {
        throw new IllegalArgumentException(
            "must have at least %d bytes for %s, not %d".formatted(least, algorithm, bytes.length));
      }
      return new JwtKey(null, Set.of(algorithm), new MACVerifier(bytes));
    } catch (JOSEException e) {
      throw new IllegalArgumentException("cannot be used for " + algorithm, e);
    }
  }

  /**
   * A public key, for those of the accepted algorithms that it is good for.
   *
   * @throws IllegalArgumentException where it is good for none of them
   */
  static JwtKey of(@Nullable String id, PublicKey key, Set<JwtAlgorithm> accepted) {
    JWSVerifier verifier = verifier(key);
    Set<JwtAlgorithm> algorithms = EnumSet.noneOf(JwtAlgorithm.class);
    for (JwtAlgorithm algorithm : accepted) {
      if (verifier.supportedJWSAlgorithms().contains(algorithm.jws())) {
        algorithms.add(algorithm);
      }
    }
    if (algorithms.isEmpty()) {
      throw new IllegalArgumentException(
          "is not for "
              + accepted.stream().map(JwtAlgorithm::toString).collect(Collectors.joining(" or ")));
    }
    return new JwtKey(id, Set.copyOf(algorithms), verifier);
  }

  private static JWSVerifier verifier(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> {
        int bits = rsa.getModulus().bitLength();
        if (bits < RSA_BITS) {
          log.warn(
              "An RSA key of {} bits checks tokens; it should have {} or more", bits, RSA_BITS);
        }
        yield new RSASSAVerifier(rsa);
      }
      case ECPublicKey ec -> {
        try {
          yield new ECDSAVerifier(ec);
        } catch (JOSEException e) {
          throw new IllegalArgumentException("is on a curve that is not supported", e);
        }
      }
      case EdECPublicKey ed
          when ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName()) ->
          new Ed25519Verifier(ed);
      default -> throw new IllegalArgumentException("is of a kind that is not supported");
    };
  }

  boolean signed(UnverifiedJwt token, JwtAlgorithm algorithm) {
    if (!algorithms.contains(algorithm)) {
      return false;
    }
    try {
      // A header of our own: the verifier needs the algorithm of it, and the token's is not
      // trusted.
      return verifier.verify(
          new JWSHeader(algorithm.jws()), token.signingInput(), token.signature());
    } catch (JOSEException e) {
      throw new IllegalStateException("No signature of " + algorithm + " can be checked", e);
    }
  }
}
