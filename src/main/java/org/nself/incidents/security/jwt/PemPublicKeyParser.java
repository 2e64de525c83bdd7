package org.nself.incidents.security.jwt;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
 * who signed it. Of several blocks the first is taken, which in a chain is the one meant.
 */
final class PemPublicKeyParser {

  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN (?<label>[A-Z0-9 ]+)-----(?<body>[A-Za-z0-9+/=\\s]+)-----END"
              + " \\k<label>-----");

  /** The algorithm identifier of RSA keys in DER: rsaEncryption, no parameters. */
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  private static final int SEQUENCE = 0x30;
  private static final int BIT_STRING = 0x03;

  private PemPublicKeyParser() {}

  /**
   * @param algorithm what the key is for
   * @throws IllegalArgumentException where there is no such key, as a sentence about it
   */
  static PublicKey read(String pem, JwtAlgorithm algorithm) {
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
          "must be for %s; this %s is not, or is broken".formatted(algorithm, label), e);
    }
  }

  private static PublicKey publicKey(byte[] subjectPublicKeyInfo, JwtAlgorithm algorithm)
      throws GeneralSecurityException {
    String kind =
        switch (algorithm) {
          case RS256, RS384, RS512 -> "RSA";
          case ES256, ES384, ES512 -> "EC";
          case ED25519 -> "Ed25519";
          case HS256, HS384, HS512 -> throw new IllegalArgumentException("is a secret for an HMAC");
        };
    return KeyFactory.getInstance(kind)
        .generatePublic(new X509EncodedKeySpec(subjectPublicKeyInfo));
  }

  /** The JDK reads RSA keys in this wrapping (RFC 5280 section 4.1) only. */
  private static byte[] subjectPublicKeyInfo(byte[] pkcs1) {
    ByteArrayOutputStream bits = new ByteArrayOutputStream();
    bits.write(0); // None of the last byte's bits is unused.
    bits.writeBytes(pkcs1);
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes(RSA);
    content.writeBytes(der(BIT_STRING, bits.toByteArray()));
    return der(SEQUENCE, content.toByteArray());
  }

  private static byte[] der(int tag, byte[] content) {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    encoded.write(tag);
    if (content.length < 0x80) {
      encoded.write(content.length);
    } else if (content.length < 0x10000) {
      encoded.write(0x82);
      encoded.write(content.length >> 8);
      encoded.write(content.length);
    } else {
      throw new IllegalArgumentException("is too large");
    }
    encoded.writeBytes(content);
    return encoded.toByteArray();
  }
}
