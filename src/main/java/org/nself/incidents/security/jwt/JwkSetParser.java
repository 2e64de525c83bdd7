package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.AsymmetricJWK;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a JWK Set (RFC 7517 section 5). As the RFC wants it, a key that cannot be used is passed
 * over: one for encryption, of an algorithm that is not accepted, of an unknown kind, or broken. So
 * is a secret: what is published is none.
 */
final class JwkSetParser {

  private static final Logger log = LoggerFactory.getLogger(JwkSetParser.class);

  /** What comes before the 32 bytes of an Ed25519 key in DER (RFC 8410 section 4). */
  private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");

  private JwkSetParser() {}

  /**
   * The keys that are good for one of the accepted algorithms.
   *
   * @throws ParseException where the text is no JWK Set at all
   */
  static List<JwtKey> keys(String json, Set<JwtAlgorithm> accepted) throws ParseException {
    Map<String, Object> @Nullable [] entries =
        JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(json), "keys");
    if (entries == null) {
      throw new ParseException("It has no member keys", 0);
    }
    List<JwtKey> keys = new ArrayList<>();
    for (Map<String, Object> entry : entries) {
      try {
        keys.add(key(JWK.parse(entry), accepted));
      } catch (ParseException
          | JOSEException
          | GeneralSecurityException
          | IllegalArgumentException
          | IllegalStateException e) {
        log.debug("Key {} of the JWK Set is passed over: {}", entry.get("kid"), e.getMessage());
      }
    }
    return List.copyOf(keys);
  }

  private static JwtKey key(JWK jwk, Set<JwtAlgorithm> accepted)
      throws JOSEException, GeneralSecurityException {
    @Nullable KeyUse use = jwk.getKeyUse();
    @Nullable Set<KeyOperation> operations = jwk.getKeyOperations();
    if ((use != null && !use.equals(KeyUse.SIGNATURE))
        || (operations != null && !operations.contains(KeyOperation.VERIFY))) {
      throw new IllegalArgumentException("is not for signatures");
    }
    Set<JwtAlgorithm> algorithms = EnumSet.copyOf(accepted);
    if (jwk.getAlgorithm() != null) {
      @Nullable JwtAlgorithm only = JwtAlgorithm.ofHeader(jwk.getAlgorithm().getName());
      algorithms.retainAll(only == null ? Set.of() : Set.of(only));
    }
    return JwtKey.of(jwk.getKeyID(), publicKey(jwk), algorithms);
  }

  private static PublicKey publicKey(JWK jwk) throws JOSEException, GeneralSecurityException {
    return switch (jwk) {
      case OctetKeyPair pair when pair.getCurve().equals(Curve.Ed25519) -> {
        byte[] point = pair.getDecodedX();
        byte[] der =
            ByteBuffer.allocate(ED25519.length + point.length).put(ED25519).put(point).array();
        yield KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
      }
      case AsymmetricJWK pair -> pair.toPublicKey();
      default -> throw new IllegalArgumentException("is not a public key");
    };
  }
}
