package org.nself.incidents.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * A secret that callers we trust send. Compared in a time that does not depend on how much of it is
 * right.
 */
final class SharedSecret {

  private final byte[] secret;

  SharedSecret(String secret) {
    this.secret = secret.getBytes(StandardCharsets.UTF_8);
  }

  boolean matches(String token) {
    return MessageDigest.isEqual(secret, token.getBytes(StandardCharsets.UTF_8));
  }
}
