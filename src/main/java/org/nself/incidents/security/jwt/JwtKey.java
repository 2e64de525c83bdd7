package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A key that verifies tokens. Its verifier is made once: nimbus's own selector would convert the
 * JWK for each token, and cannot do so for Ed25519 without Tink.
 *
 * @param id its {@code kid}; null if it has none
 * @param algorithms those it verifies; a public key never serves as an HMAC secret
 */
record JwtKey(@Nullable String id, Set<JWSAlgorithm> algorithms, JWSVerifier verifier) {

  private static final Logger log = LoggerFactory.getLogger(JwtKey.class);

  /**
   * The minimum of RFC 7518 (section 3.3). Shorter keys are accepted: Hasura accepts them, and its
   * manual has one.
   */
  private static final int MIN_RSA_BITS = 2_048;

  /**
   * An HMAC secret.
   *
   * @throws IllegalArgumentException if it is shorter than RFC 7518 (section 3.2) requires
   */
  static JwtKey secret(JWSAlgorithm algorithm, String secret) {
    byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
    try {
      int minLength = MACVerifier.getMinRequiredSecretLength(algorithm) / 8;
      if (bytes.length < minLength) {
        throw new IllegalArgumentException(
            "must have at least %d bytes for %s, not %d"
                .formatted(minLength, algorithm, bytes.length));
      }
      return new JwtKey(null, Set.of(algorithm), new MACVerifier(bytes));
    } catch (JOSEException e) {
      throw new IllegalArgumentException("cannot be used for " + algorithm, e);
    }
  }

  /**
   * A public key for those of the accepted algorithms that it fits.
   *
   * @throws IllegalArgumentException if it fits none of them
   */
  static JwtKey of(@Nullable String id, PublicKey key, Set<JWSAlgorithm> accepted) {
    JWSVerifier verifier = verifier(key);
    Set<JWSAlgorithm> algorithms = new HashSet<>(accepted);
    algorithms.retainAll(verifier.supportedJWSAlgorithms());
    if (algorithms.isEmpty()) {
      throw new IllegalArgumentException(
          "is not for "
              + accepted.stream()
                  .map(JWSAlgorithm::getName)
                  .sorted()
                  .collect(Collectors.joining(" or ")));
    }
    return new JwtKey(id, Set.copyOf(algorithms), verifier);
  }

  /**
   * A published key.
   *
   * @throws IllegalArgumentException if it cannot verify tokens of an accepted algorithm
   * @throws JOSEException if it is malformed
   */
  static JwtKey of(JWK jwk, Set<JWSAlgorithm> accepted) throws JOSEException {
    @Nullable KeyUse use = jwk.getKeyUse();
    @Nullable Set<KeyOperation> operations = jwk.getKeyOperations();
    if ((use != null && !use.equals(KeyUse.SIGNATURE))
        || (operations != null && !operations.contains(KeyOperation.VERIFY))) {
      throw new IllegalArgumentException("is not for signatures");
    }
    Set<JWSAlgorithm> algorithms = new HashSet<>(accepted);
    if (jwk.getAlgorithm() != null) {
      JWSAlgorithm only = JWSAlgorithm.parse(jwk.getAlgorithm().getName());
      Set<JWSAlgorithm> names = EdDSAProvider.SUPPORTED_ALGORITHMS; // Ed25519 has two.
      algorithms.retainAll(names.contains(only) ? names : Set.of(only));
    }
    PublicKey key =
        switch (jwk) {
          case OctetKeyPair pair when pair.getCurve().equals(Curve.Ed25519) ->
              Ed25519Verifier.publicKey(pair.getDecodedX());
          case AsymmetricJWK pair -> pair.toPublicKey();
          default -> throw new IllegalArgumentException("is not a public key");
        };
    return of(jwk.getKeyID(), key, algorithms);
  }

  private static JWSVerifier verifier(PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> {
        int bits = rsa.getModulus().bitLength();
        if (bits < MIN_RSA_BITS) {
          log.warn(
              "An RSA key that verifies JWTs has {} bits; use one of at least {}",
              bits,
              MIN_RSA_BITS);
        }
        yield new RSASSAVerifier(rsa);
      }
      case ECPublicKey ec -> {
        try {
          yield new ECDSAVerifier(ec);
        } catch (JOSEException e) {
          throw new IllegalArgumentException("is on an unsupported curve", e);
        }
      }
      case EdECPublicKey ed -> new Ed25519Verifier(ed);
      default -> throw new IllegalArgumentException("has an unsupported type");
    };
  }

  /**
   * Whether this key made the signature.
   *
   * @param algorithm one that the configuration accepts
   */
  boolean verifies(JWSAlgorithm algorithm, byte[] signingInput, Base64URL signature) {
    if (!algorithms.contains(algorithm)) {
      return false;
    }
    try {
      // A new header: the verifier reads nothing but the algorithm from it.
      return verifier.verify(new JWSHeader(algorithm), signingInput, signature);
    } catch (JOSEException e) {
      throw new IllegalStateException("Cannot verify signatures of " + algorithm, e);
    }
  }
}
