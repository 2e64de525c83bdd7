package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.impl.EdDSAProvider;
import com.nimbusds.jose.util.Base64URL;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/** Verifies Ed25519 signatures with the JDK; nimbus's own verifier needs Tink. */
public final class Ed25519Verifier extends EdDSAProvider implements JWSVerifier {

  /** The DER encoding before the 32 bytes of an Ed25519 key (RFC 8410 section 4). */
  private static final byte[] DER_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private final EdECPublicKey key;

  /**
   * @throws IllegalArgumentException if the key is on another curve
   */
  public Ed25519Verifier(EdECPublicKey key) {
    if (!key.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
      throw new IllegalArgumentException("is on an unsupported curve");
    }
    this.key = key;
  }

  /**
   * @param point the key as RFC 8032 encodes it, which is a JWK's {@code x}
   * @throws JOSEException if it is not 32 bytes long
   */
  static PublicKey publicKey(byte[] point) throws JOSEException {
    byte[] der =
        ByteBuffer.allocate(DER_PREFIX.length + point.length).put(DER_PREFIX).put(point).array();
    try {
      return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
    } catch (GeneralSecurityException e) {
      throw new JOSEException(e);
    }
  }

  @Override
  public boolean verify(JWSHeader header, byte[] signingInput, Base64URL signature)
      throws JOSEException {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(signingInput);
      return verifier.verify(signature.decode());
    } catch (SignatureException e) {
      // The JDK's answer to a signature of a wrong length or out of range.
      return false;
    } catch (GeneralSecurityException e) {
      throw new JOSEException(e);
    }
  }
}
