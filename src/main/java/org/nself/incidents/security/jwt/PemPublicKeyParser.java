package org.nself.incidents.security.jwt;

import com.nimbusds.jose.JWSAlgorithm;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a public key in PEM (RFC 7468): {@code PUBLIC KEY}, {@code RSA PUBLIC KEY} (PKCS#1) or
 * {@code CERTIFICATE}. Of a certificate only the key counts, as in Hasura: neither its dates nor
 * its issuer. Of several blocks the first is read, which in a chain is the right one.
 *
 * <p>Nimbus has a PEM parser too, but it needs Bouncy Castle.
 */
final class PemPublicKeyParser {

  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (?<label>[A-Z0-9 ]+)-----(?<body>[A-Za-z0-9+/=\\s]+)-----END"
              + " \\k<label>-----");

  /** The algorithm identifier of RSA keys in DER: rsaEncryption, no parameters. */
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  private static final int MAX_BYTES = 0xffff;

  private PemPublicKeyParser() {}

  /**
   * @param algorithm what the key is for
   * @throws IllegalArgumentException if there is no such key; the message follows the key's name
   */
  static PublicKey parse(String pem, JWSAlgorithm algorithm) {
    Matcher block = BLOCK.matcher(pem);
    if (!block.find()) {
      throw new IllegalArgumentException(
          "must be a public key or a certificate in PEM, as -----BEGIN PUBLIC KEY-----…");
    }
    String label = block.group("label");
    try {
      byte[] der = Base64.getMimeDecoder().decode(block.group("body"));
      return switch (label) {
        case "PUBLIC KEY" -> publicKey(der, algorithm);
        case "RSA PUBLIC KEY" -> publicKey(subjectPublicKeyInfo(der), algorithm);
        case "CERTIFICATE" ->
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der))
                .getPublicKey();
        default ->
            throw new IllegalArgumentException(
                "must be a PUBLIC KEY, an RSA PUBLIC KEY or a CERTIFICATE, not a " + label);
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "must be for %s; this %s has another type or is malformed".formatted(algorithm, label),
          e);
    }
  }

  private static PublicKey publicKey(byte[] der, JWSAlgorithm algorithm)
      throws GeneralSecurityException {
    String type =
        JWSAlgorithm.Family.RSA.contains(algorithm)
            ? "RSA"
            : JWSAlgorithm.Family.EC.contains(algorithm) ? "EC" : "Ed25519";
    return KeyFactory.getInstance(type).generatePublic(new X509EncodedKeySpec(der));
  }

  /** Wraps a PKCS#1 key as the JDK reads it (RFC 5280 section 4.1), with lengths of two bytes. */
  private static byte[] subjectPublicKeyInfo(byte[] pkcs1) {
    int size = RSA.length + 5 + pkcs1.length;
    if (size > MAX_BYTES) {
      throw new IllegalArgumentException("is too large");
    }
    return ByteBuffer.allocate(4 + size)
        .putInt(0x3082_0000 | size) // SEQUENCE
        .put(RSA)
        .putInt(0x0382_0000 | (pkcs1.length + 1)) // BIT STRING
        .put((byte) 0) // All bits of the last byte are used.
        .put(pkcs1)
        .array();
  }
}
