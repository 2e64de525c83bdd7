package org.nself.incidents.bench;

import java.nio.charset.StandardCharsets;
import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The cost of a request without any work: same server, filters and authentication, and a constant
 * body of 4 KB. Active only under the profile {@value #PROFILE}.
 */
@Profile(EmptyHandler.PROFILE)
@RestController
final class EmptyHandler {

  static final String PROFILE = "bench";
  static final String PATH = "/bench/empty";

  private static final byte[] BODY =
      ("{\"empty\":\"" + "x".repeat(4_096 - 12) + "\"}").getBytes(StandardCharsets.US_ASCII);

  @GetMapping(path = PATH, produces = "application/json")
  byte[] empty() {
    return BODY;
  }
}
