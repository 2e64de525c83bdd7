package org.nself.incidents.security;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Identifies the caller for nginx's {@code auth_request}: the identity headers of the response
 * replace those that the client sent.
 */
@RestController
final class AuthVerifyController {

  @GetMapping("/auth/verify")
  ResponseEntity<Void> verify(Caller caller) {
    ResponseEntity.HeadersBuilder<?> response =
        ResponseEntity.noContent()
            .header("X-Hasura-Role", caller.role().value())
            .header("X-Hasura-User-Id", headerValue("user id", caller.actor()))
            .header("X-Hasura-Source-Account-Id", headerValue("account id", caller.account()));
    @Nullable Instant validUntil = caller.validUntil();
    if (validUntil != null) {
      response.header(Authenticator.VALID_UNTIL, validUntil.toString());
    }
    return response.build();
  }

  /**
   * The value as a header carries it: its UTF-8 bytes, of which Tomcat writes each character as
   * one. Rejects a value with control characters: Tomcat omits such a header, and a request
   * forwarded without an account would be one of the primary account. Surrounding spaces would be
   * lost.
   */
  private static String headerValue(String what, String value) {
    if (!value.equals(value.strip()) || value.chars().anyMatch(Character::isISOControl)) {
      throw ApiException.forbidden("The " + what + " has characters that a header cannot carry");
    }
    return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
