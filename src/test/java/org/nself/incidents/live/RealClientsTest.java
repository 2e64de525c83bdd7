package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.NodeScripts;
import org.nself.incidents.testing.Programs;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/**
 * Popular clients, through a proxy that cuts connections repeatedly. Runs where Node.js is
 * installed; the browser where Chromium is.
 */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealClientsTest {

  private static final Path SCRIPTS = Path.of("src/test/js").toAbsolutePath();
  private static final String COOKIE = "nself_token";

  private final TestPostgres postgres;
  private Service service;

  RealClientsTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @BeforeAll
  void start() {
    NodeScripts.need();
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET",
                "{\"type\":\"HS256\",\"key\":\"%s\",\"header\":{\"type\":\"Cookie\",\"name\":\"%s\"}}"
                    .formatted(Token.KEY, COOKIE)));
  }

  @AfterAll
  void stop() {
    if (service != null) {
      service.close();
    }
  }

  @Test
  void graphqlWsOfNpm() throws Exception {
    watches("graphql-ws.mjs", Map.of());
  }

  @Test
  void graphqlSseOfNpm() throws Exception {
    watches("graphql-sse.mjs", Map.of());
  }

  @Test
  void eventSourceOfABrowser() throws Exception {
    Optional<Path> chromium = Programs.find("chromium").or(() -> Programs.find("chromium-browser"));
    Programs.need(
        chromium.isPresent(),
        "the EventSource of a browser is not tried, because Chromium is not installed");
    // A browser takes three seconds to reconnect.
    watches("eventsource.mjs", Map.of("CHROMIUM", chromium.get().toString(), "CUTS", "3"));
  }

  private void watches(String script, Map<String, String> more)
      throws IOException, InterruptedException, JOSEException {
    String account = Service.newAccount();
    ProcessBuilder builder =
        new ProcessBuilder("node", script).directory(SCRIPTS.toFile()).redirectErrorStream(true);
    builder.environment().put("SERVICE", service.url());
    builder.environment().put("TOKEN", Service.TOKEN);
    builder.environment().put("ACCOUNT", account);
    builder.environment().put("INCIDENT", service.as(account, "admin").open("Watched"));
    builder.environment().put("JWT", Token.of(account, Instant.now().plusSeconds(600)));
    builder.environment().putAll(more);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("ended; it said: %s", said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
  }
}
