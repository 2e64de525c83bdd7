package org.nself.incidents.security.jwt;

import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.StrictJson;

/**
 * A JWT as it comes, signed and in compact form (RFC 7515 section 3.1), of which nothing is to be
 * believed yet. Of the header only {@code alg} and {@code kid} are ever used: a token may not bring
 * a key of its own ({@code jwk}, {@code jku}, {@code x5u}).
 */
final class UnverifiedJwt {

  /** More than a request's headers can hold, and what a WebSocket's opening message may. */
  private static final int MAX_LENGTH = 16_384;

  private final String token;
  private final Map<String, @Nullable Object> header;
  private final byte[] payload;
  private final Base64URL signature;

  private UnverifiedJwt(
      String token, Map<String, @Nullable Object> header, byte[] payload, Base64URL signature) {
    this.token = token;
    this.header = header;
    this.payload = payload;
    this.signature = signature;
  }

  /**
   * @throws ApiException {@code unauthenticated}, where it is anything else
   */
  static UnverifiedJwt parse(String token, StrictJson json) {
    if (token.length() > MAX_LENGTH) {
      throw ApiException.unauthenticated(
          "The token is longer than %,d characters".formatted(MAX_LENGTH));
    }
    String[] parts = token.split("\\.", -1);
    if (parts.length == 5) {
      throw ApiException.unauthenticated("The token is encrypted; only signed tokens are accepted");
    }
    if (parts.length != 3) {
      throw ApiException.unauthenticated("The token is not a JWT");
    }
    Map<String, @Nullable Object> header = object("header", decoded(parts[0]), json);
    // Extensions that must be understood (RFC 7515 section 4.1.11), and there is none that is.
    if (header.containsKey("crit") || header.containsKey("b64")) {
      throw ApiException.unauthenticated("The token's header asks for what is not supported here");
    }
    byte[] payload = decoded(parts[1]);
    decoded(parts[2]);
    return new UnverifiedJwt(token, header, payload, new Base64URL(parts[2]));
  }

  /**
   * Exactly what the encoder would have written, without padding and stray bits: a token has one
   * spelling.
   */
  private static byte[] decoded(String part) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      if (Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Answered below, as another spelling is.
    }
    throw ApiException.unauthenticated("The token is not a JWT: it is not in base64url");
  }

  private static Map<String, @Nullable Object> object(String what, byte[] bytes, StrictJson json) {
    try {
      return json.parseMembers(bytes);
    } catch (IllegalArgumentException e) {
      throw ApiException.unauthenticated("The token's " + what + " " + e.getMessage());
    }
  }

  /** The name of the algorithm that it claims to be signed with. */
  String algorithm() {
    if (header.get("alg") instanceof String algorithm) {
      return algorithm;
    }
    throw ApiException.unauthenticated("The token's header names no algorithm");
  }

  /** The key that it claims to be signed by; null where it does not say. */
  @Nullable String keyId() {
    return switch (header.get("kid")) {
      case String id -> id;
      case null -> null;
      default -> throw ApiException.unauthenticated("The token's kid is not a string");
    };
  }

  byte[] signingInput() {
    return token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
  }

  Base64URL signature() {
    return signature;
  }

  /** What it claims. To be asked for once the signature is found good. */
  Map<String, @Nullable Object> claims(StrictJson json) {
    return object("payload", payload, json);
  }
}
