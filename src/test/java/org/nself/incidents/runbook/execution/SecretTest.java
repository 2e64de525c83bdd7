package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Secrets in a service of their own, whose answers come from a server that shows them. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SecretTest {

  private static final String TOKEN = "ghp_Ab/9+xYz\\q&<k>Zz42";
  private static final String OTHER = "never-used-here-99";

  private final Service service;
  private final HttpServer server;
  private final Api api;
  private final RunbookDriver driver;

  SecretTest(TestPostgres postgres, @TempDir Path directory) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.createContext(
        "/",
        exchange -> {
          String token = String.valueOf(exchange.getRequestHeaders().getFirst("X-Token"));
          String answer =
              switch (exchange.getRequestURI().getPath()) {
                case "/slash" ->
                    "{\"t\":\"" + token.replace("\\", "\\\\").replace("/", "\\/") + "\"}";
                case "/unicode" -> {
                  StringBuilder escaped = new StringBuilder();
                  token.chars().forEach(c -> escaped.append("\\u%04X".formatted(c)));
                  yield "{\"t\":\"" + escaped + "\",\"t2\":\"" + escaped + "\"}";
                }
                case "/lower" -> token.toLowerCase(Locale.ROOT);
                case "/other" -> "{\"t\":\"" + OTHER + "\"}";
                default -> "{}";
              };
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    String port = String.valueOf(server.getAddress().getPort());
    Files.writeString(directory.resolve("TOKEN"), TOKEN);
    Files.writeString(directory.resolve("OTHER"), OTHER);
    Files.writeString(directory.resolve("BOUND"), "bound-to-a-host");
    Files.writeString(directory.resolve("BOUND_HOSTS"), "deploy.example, 127.0.0.1:1");
    Files.writeString(directory.resolve("HOOK"), "http://hidden-host.invalid/services/abc");
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "ALLOWED_PRIVATE_HOSTS",
                "127.0.0.1:" + port,
                "RUNBOOK_SECRETS_DIR",
                directory.toString()));
    api = service.as("primary", "admin");
    driver = new RunbookDriver(api);
  }

  @AfterAll
  void close() {
    service.close();
    server.stop(0);
  }

  private String step(String key, String path, String secret) {
    return """
    {'key':'%s','title':'Call','kind':'http','on_failure':'continue','http':{'method':'get',
    'url':'http://127.0.0.1:%d%s','headers':{'X-Token':'${secret(`%s`)}'}}}
    """
        .formatted(key, server.getAddress().getPort(), path, secret)
        .replace("\n", "")
        .replace("`", "\\\"");
  }

  @Test
  void anAnswerIsMaskedInWhateverWayTheServerEscapesIt() {
    String incident = api.open("Secrets");
    String runbook =
        driver.runbook(
            "[%s,%s,%s]"
                .formatted(
                    step("slash", "/slash", "TOKEN"),
                    step("unicode", "/unicode", "TOKEN"),
                    step("lower", "/lower", "TOKEN")));
    String id = driver.start(runbook, "{'incident_id':'" + incident + "'}");
    JsonNode done = driver.await(id, "succeeded");
    String mask = "${secret('TOKEN')}";
    assertThat(RunbookDriver.step(done, "slash").at("/output/t").asString()).isEqualTo(mask);
    assertThat(RunbookDriver.step(done, "unicode").at("/output/t2").asString()).isEqualTo(mask);
    assertThat(RunbookDriver.step(done, "lower").at("/output").asString()).isEqualTo(mask);
    assertThat(done.toString() + driver.timeline(incident)).doesNotContainIgnoringCase("ghp_");
    assertThat(RunbookDriver.step(done, "unicode").at("/attempts/0/excerpt").asString())
        .isEqualTo("{\"t\":\"" + mask + "\",\"t2\":\"" + mask + "\"}");
  }

  @Test
  void aSecretThatThisProcessNeverReadIsMasked() {
    String runbook =
        driver.runbook(
            "[%s,%s]"
                .formatted(
                    step("first", "/other", "TOKEN"),
                    step("second", "/", "OTHER").replace("'title'", "'when':'false','title'")));
    JsonNode done = driver.await(driver.start(runbook), "succeeded");
    assertThat(RunbookDriver.step(done, "first").at("/output/t").asString())
        .isEqualTo("${secret('OTHER')}");
  }

  @Test
  void anotherAccountCannotUseASecret() {
    Api stranger = service.admin();
    RunbookDriver other = new RunbookDriver(stranger);
    String runbook = other.runbook("[" + step("call", "/slash", "TOKEN") + "]");
    JsonNode step =
        RunbookDriver.step(other.await(other.start(runbook), "failed", "succeeded"), "call");
    assertThat(step.get("error").asString()).contains("the account may not use the secret TOKEN");
    JsonNode plan = stranger.post("/api/v1/runbooks/" + runbook + "/plan", "{}").body();
    assertThat(plan.at("/steps/0/unknown").asString()).contains("may not use the secret TOKEN");
  }

  @Test
  void aSecretGoesToItsHostsOnly() {
    String runbook = driver.runbook("[" + step("call", "/slash", "BOUND") + "]");
    JsonNode step =
        RunbookDriver.step(driver.await(driver.start(runbook), "failed", "succeeded"), "call");
    assertThat(step.get("error").asString())
        .isEqualTo(
            "the secret BOUND may not be sent to this host; list the host in"
                + " RUNBOOK_SECRET_BOUND_HOSTS");
    JsonNode plan = api.post("/api/v1/runbooks/" + runbook + "/plan", "{}").body();
    assertThat(plan.at("/steps/0/unknown").asString()).contains("may not be sent to this host");
  }

  @Test
  void aHostThatIsSecretIsNotInErrors() {
    String runbook =
        driver.runbook(
            "[{'key':'call','title':'Call','kind':'http','http':{'method':'get',"
                + "'url':'${secret(\\\"HOOK\\\")}'}}]");
    JsonNode done = driver.await(driver.start(runbook), "failed");
    assertThat(done.toString()).doesNotContain("hidden-host");
    assertThat(RunbookDriver.step(done, "call").get("error").asString())
        .contains("${secret(\"HOOK\")}");
  }

  @Test
  void aPlanDoesNotCompareTextOfACallerWithSecrets() {
    String runbook =
        driver.runbookWith(
            "'inputs':[{'name':'guess'}],'steps':["
                + step("call", "/slash", "TOKEN")
                + ",{'key':'tell','title':'Tell','kind':'note','note':{'message':'${inputs.guess}'}}]");
    driver.await(driver.start(runbook, "{'inputs':{'guess':'x'}}"), "succeeded");
    JsonNode plan =
        api.post(
                "/api/v1/runbooks/" + runbook + "/plan",
                "{\"inputs\":{\"guess\":\"" + TOKEN.replace("\\", "\\\\") + "\"}}")
            .body();
    assertThat(plan.at("/steps/1/message").asString()).isEqualTo(TOKEN);
    assertThat(plan.at("/steps/0/request/headers/0/value").asString())
        .isEqualTo("${secret(\"TOKEN\")}");
  }
}
