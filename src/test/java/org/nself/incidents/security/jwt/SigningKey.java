package org.nself.incidents.security.jwt;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A key that an issuer signs tokens with, implemented with the JDK alone, independent of what the
 * service verifies signatures with.
 *
 * @param algorithm as in a token's {@code alg}
 * @param id as in a token's {@code kid}; null for none
 * @param secret of an HMAC, else null
 * @param pair null for an HMAC
 */
public record SigningKey(
    String algorithm, @Nullable String id, @Nullable String secret, @Nullable KeyPair pair) {

  public static SigningKey secret(String algorithm, String secret) {
    return new SigningKey(algorithm, null, secret, null);
  }

  /** A new pair. */
  static SigningKey pair(String algorithm) {
    try {
      return new SigningKey(algorithm, null, null, generator(algorithm).generateKeyPair());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPairGenerator generator(String algorithm) throws GeneralSecurityException {
    String kind = algorithm.substring(0, 2);
    KeyPairGenerator generator =
        KeyPairGenerator.getInstance(
            switch (kind) {
              case "RS" -> "RSA";
              case "ES" -> "EC";
              default -> "Ed25519";
            });
    switch (kind) {
      case "RS" -> generator.initialize(2048);
      case "ES" -> generator.initialize(new ECGenParameterSpec(curve(algorithm).getStdName()));
      default -> {}
    }
    return generator;
  }

  private static Curve curve(String algorithm) {
    return switch (algorithm) {
      case "ES256" -> Curve.P_256;
      case "ES384" -> Curve.P_384;
      default -> Curve.P_521;
    };
  }

  SigningKey named(@Nullable String kid) {
    return new SigningKey(algorithm, kid, secret, pair);
  }

  /** The same key for another algorithm. */
  SigningKey as(String another) {
    return new SigningKey(another, id, secret, pair);
  }

  PublicKey publicKey() {
    if (pair == null) {
      throw new IllegalStateException("A secret has no public key");
    }
    return pair.getPublic();
  }

  String pem() {
    return pem("PUBLIC KEY", publicKey().getEncoded());
  }

  static String pem(String label, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), label);
  }

  /** The public key as a JWK. */
  String jwk() {
    return switch (publicKey()) {
      case RSAPublicKey rsa -> new RSAKey.Builder(rsa).keyID(id).build().toJSONString();
      case ECPublicKey ec ->
          new ECKey.Builder(curve(algorithm), ec).keyID(id).build().toJSONString();
      case PublicKey ed -> {
        byte[] der = ed.getEncoded();
        byte[] point = Arrays.copyOfRange(der, der.length - 32, der.length);
        yield new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(point))
            .keyID(id)
            .build()
            .toJSONString();
      }
    };
  }

  /** A token that makes these claims, given as JSON. */
  public String token(String claims) {
    String kid = id == null ? "" : ",\"kid\":\"" + id + "\"";
    return token("{\"alg\":\"" + algorithm + "\"" + kid + "}", claims);
  }

  /** A token with this header, valid or not, signed with this key's algorithm. */
  String token(String header, String claims) {
    return signed(encoded(header) + "." + encoded(claims));
  }

  /** The signing input with its signature appended. */
  String signed(String input) {
    byte[] signature = sign(input.getBytes(StandardCharsets.US_ASCII));
    return input + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  static String encoded(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private byte[] sign(byte[] input) {
    try {
      String bits = algorithm.substring(2);
      if (secret != null) {
        Mac mac = Mac.getInstance("HmacSHA" + bits);
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HMAC"));
        return mac.doFinal(input);
      }
      if (pair == null) {
        throw new IllegalStateException("Neither a secret nor a pair");
      }
      Signature signature =
          Signature.getInstance(
              switch (algorithm.substring(0, 2)) {
                case "RS" -> "SHA" + bits + "withRSA";
                case "ES" -> "SHA" + bits + "withECDSAinP1363Format";
                default -> "Ed25519";
              });
      signature.initSign(pair.getPrivate());
      signature.update(input);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
