package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.NodeScripts;
import org.nself.incidents.testing.Programs;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/**
 * Uses the service as a remote schema of a third-party gateway, {@code @graphql-tools/stitch}: it
 * introspects, delegates and joins, with the headers that Hasura sends.
 */
@ExtendWith(RunningService.class)
class StitchTest {

  private final Service service;

  StitchTest(Service service) {
    this.service = service;
  }

  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void aThirdPartyGatewayUsesTheServiceLikeHasura() {
    NodeScripts.need();
    Programs.ProgramResult result =
        NodeScripts.test(
            "stitch.test.mjs",
            Map.of("SERVICE_URL", service.url(), "PLUGIN_SECRET", Service.TOKEN));
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output()).as("all ten tests ran").containsPattern("pass 1\\d");
  }
}
