package org.nself.incidents.bench;

import java.nio.charset.StandardCharsets;
import org.springframework.context.annotation.Profile;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * What a request costs before anybody does anything for it: the same server, filters and
 * authentication, and four kilobytes that are always the same. There only under the profile of the
 * benchmark.
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
