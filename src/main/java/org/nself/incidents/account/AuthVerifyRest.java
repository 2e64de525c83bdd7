package org.nself.incidents.account;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Tells nginx who is calling, for its {@code auth_request}: the identity headers of the answer
 * replace those that the client sent.
 */
@RestController
final class AuthVerifyRest {

  @GetMapping("/auth/verify")
  ResponseEntity<Void> verify(Caller caller) {
    return ResponseEntity.noContent()
        .header("X-Hasura-Role", caller.role().word())
        .header("X-Hasura-User-Id", caller.actor())
        .header("X-Hasura-Source-Account-Id", caller.account())
        .build();
  }
}
