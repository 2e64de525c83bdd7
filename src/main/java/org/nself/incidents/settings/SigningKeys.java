package org.nself.incidents.settings;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** Reads Ed25519 private keys. */
final class SigningKeys {

  private static final int SEED_BYTES = 32;

  private SigningKeys() {}

  /**
   * @param value keys with commas, each PKCS #8 in PEM or base64, or the 32 bytes of RFC 8032 in
   *     hex or base64. Line breaks may be written as {@code \n}, as in environment files
   */
  static List<KeyPair> parse(String variable, String value) {
    List<KeyPair> keys = new ArrayList<>();
    for (String key : value.split(",", -1)) {
      try {
        keys.add(keyPair(seed(key)));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        throw new ConfigurationException(
            variable,
            "must be an Ed25519 private key, PKCS #8 in PEM or base64: $(openssl genpkey -algorithm"
                + " ed25519 -outform DER | base64 -w0) makes one; separate several by commas");
      }
    }
    return List.copyOf(keys);
  }

  private static byte[] seed(String key) throws GeneralSecurityException {
    String text = key.replaceAll("-----[A-Z ]+-----|\\\\n|\\s", "");
    if (text.matches("[0-9a-fA-F]{64}")) {
      return HexFormat.of().parseHex(text);
    }
    byte[] bytes = Base64.getDecoder().decode(text);
    if (bytes.length == SEED_BYTES) {
      return bytes;
    }
    EdECPrivateKey parsed =
        (EdECPrivateKey)
            KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(bytes));
    return parsed
        .getBytes()
        .orElseThrow(() -> new GeneralSecurityException("The key has no private part"));
  }

  /** The JDK computes a public key only when it generates a pair, from random bytes. */
  private static KeyPair keyPair(byte[] seed) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
    generator.initialize(NamedParameterSpec.ED25519, new FixedBytes(seed));
    return generator.generateKeyPair();
  }

  private static final class FixedBytes extends SecureRandom {
    private static final long serialVersionUID = 1;

    private final byte[] bytes;

    FixedBytes(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public void nextBytes(byte[] target) {
      System.arraycopy(bytes, 0, target, 0, target.length);
    }
  }
}
