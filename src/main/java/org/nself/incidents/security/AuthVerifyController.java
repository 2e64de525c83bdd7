package org.nself.incidents.security;

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
            .header("X-Hasura-User-Id", requireHeaderSafe("user id", caller.actor()))
            .header(
                "X-Hasura-Source-Account-Id", requireHeaderSafe("account id", caller.account()));
    @Nullable Instant validUntil = caller.validUntil();
    if (validUntil != null) {
      response.header(Authenticator.VALID_UNTIL, validUntil.toString());
    }
    return response.build();
  }

  /**
   * Rejects a value that a header cannot carry. Tomcat omits such a header, and a request forwarded
   * without an account would be one of the primary account. Surrounding spaces would be lost.
   */
  private static String requireHeaderSafe(String what, String value) {
    if (!value.equals(value.strip())
        || !value.chars().allMatch(character -> character >= 0x20 && character < 0x7f)) {
      throw ApiException.forbidden("The " + what + " has characters that a header cannot carry");
    }
    return value;
  }
}
