package org.nself.incidents.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** A secret that trusted callers send, compared in constant time. */
final class SharedSecret {

  private final byte[] secret;

  SharedSecret(String secret) {
    this.secret = secret.getBytes(StandardCharsets.UTF_8);
  }

  boolean matches(String token) {
    return MessageDigest.isEqual(secret, token.getBytes(StandardCharsets.UTF_8));
  }
}
