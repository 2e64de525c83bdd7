package org.nself.incidents.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.NodeScripts;
import org.nself.incidents.testing.Programs;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** The clients of docs/clients.md, and audits that others have written. */
@ExtendWith(RunningService.class)
class ClientMatrixTest {

  private final Service service;

  ClientMatrixTest(Service service) {
    this.service = service;
  }

  private void passes(String script) {
    NodeScripts.need();
    Programs.ProgramResult result =
        NodeScripts.test(
            script, Map.of("SERVICE_URL", service.url(), "PLUGIN_SECRET", Service.TOKEN));
    assertThat(result.status()).as(result.output()).isZero();
  }

  @Test
  void theExamplesOfTheDocumentWorkWhileTheirConnectionsAreCut() {
    passes("clients.test.mjs");
  }

  @Test
  void theAuditsOfGraphqlOverHttpPass() {
    passes("audits.test.mjs");
  }

  @Test
  void promtoolFindsNothingInTheMetrics() throws IOException {
    Programs.need(
        Programs.isThere("promtool"),
        "the metrics are not checked, because promtool is not installed");
    service.admin().get("/api/v1/incidents").expect(200);
    Path metrics = Files.createTempFile("metrics", ".txt");
    try {
      Files.writeString(metrics, service.with(Map.of()).get("/metrics").expect(200).text());
      Programs.ProgramResult result =
          Programs.run(
              List.of("sh", "-c", "promtool check metrics < \"$0\"", metrics.toString()), Map.of());
      assertThat(result.output()).isEmpty();
      assertThat(result.status()).isZero();
    } finally {
      Files.delete(metrics);
    }
  }
}
