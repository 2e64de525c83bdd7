package org.nself.incidents.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The log of a service process. */
@ExtendWith(RunningService.class)
@TestInstance(Lifecycle.PER_CLASS)
class JsonLogTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  private final ServiceProcess process;

  JsonLogTest(TestPostgres postgres) {
    this.process = ServiceProcess.start(postgres.createDatabase(), Map.of("LOG_LEVEL", "debug"));
  }

  @AfterAll
  void stop() {
    process.close();
  }

  @Test
  void aRequestIsOneLineWithItsIdAccountAndTrace() {
    Api api =
        process
            .as("the account")
            .header("X-Request-ID", "write-1")
            .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01");
    api.post("/api/v1/incidents", "{\"title\":\"a\"}").expect(201);
    JsonNode line = lineOf("write-1");
    assertThat(line.at("/level").asString()).isEqualTo("info");
    assertThat(line.at("/plugin").asString()).isEqualTo("nself-incident-mgmt");
    assertThat(line.at("/version").asString()).isNotBlank();
    assertThat(Instant.parse(line.at("/time").asString())).isBefore(Instant.now().plusSeconds(60));
    assertThat(line.at("/account").asString()).isEqualTo("the account");
    assertThat(line.at("/trace_id").asString()).isEqualTo(TRACE);
    assertThat(line.at("/method").asString()).isEqualTo("POST");
    assertThat(line.at("/route").asString()).isEqualTo("/api/v1/incidents");
    assertThat(line.at("/path").asString()).isEqualTo("/api/v1/incidents");
    assertThat(line.at("/status").asInt()).isEqualTo(201);
    assertThat(line.at("/duration_ms").isNumber()).isTrue();
    assertThat(line.at("/message").asString()).isEqualTo("POST /api/v1/incidents 201");
  }

  @Test
  void readsAreLoggedAtDebugAndClientErrorsAtInfo() {
    process.as("a").header("X-Request-ID", "read-1").get("/api/v1/incidents").expect(200);
    assertThat(lineOf("read-1").at("/level").asString()).isEqualTo("debug");
    process.as("a").header("X-Request-ID", "refused-1").get("/api/v1/incidents/9").expect(404);
    assertThat(lineOf("refused-1").at("/level").asString()).isEqualTo("info");
  }

  @Test
  void anUnauthenticatedRequestHasNoAccountInTheLog() {
    new Api(process.as("x").url(), Map.of("X-Source-Account-Id", "claimed"))
        .header("X-Request-ID", "unknown-1")
        .get("/api/v1/incidents")
        .expect(401);
    assertThat(lineOf("unknown-1").has("account")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-" + TRACE + "-00f067aa0ba902b7-01",
        "00-" + TRACE + "-00f067aa0ba902b7",
        "00-" + TRACE + "-00f067aa0ba902b7-01-more",
        TRACE
      })
  void anInvalidTraceparentIsIgnored(String traceparent) {
    String id = "trace-" + Integer.toHexString(traceparent.hashCode());
    process
        .as("a")
        .header("X-Request-ID", id)
        .header("traceparent", traceparent)
        .get("/api/v1/incidents/9")
        .expect(404);
    assertThat(lineOf(id).has("trace_id")).as(traceparent).isFalse();
  }

  @Test
  void aLaterVersionOfTraceContextIsAccepted() {
    process
        .as("a")
        .header("X-Request-ID", "trace-later")
        .header("traceparent", "01-" + TRACE + "-00f067aa0ba902b7-01-more")
        .get("/api/v1/incidents/9")
        .expect(404);
    assertThat(lineOf("trace-later").at("/trace_id").asString()).isEqualTo(TRACE);
  }

  @Test
  void noCallerCanForgeALineOrAField() {
    String forged = "\\\",\\\"level\\\":\\\"error\\\",\\\"forged\\\":\\\"yes";
    Api api = process.as("a\",\"forged\":\"yes").header("X-Request-ID", "forger-1");
    api.get("/api/v1/incidents/%0a%7B%22forged%22:%22yes%22%7D").expect(404);
    api.get("/%22,%22forged%22:%22yes").expect(404);
    api.post("/api/v1/incidents", "{\"title\":\"" + forged + "\\n{\\\"forged\\\":1}\"}")
        .expect(201);
    api.header("User-Agent", "x\",\"forged\":\"yes")
        .header("traceparent", "\"forged\"")
        .get("/api/v1/incidents/9")
        .expect(404);
    Eventually.until(Duration.ofSeconds(10), "four lines", () -> linesOf("forger-1").size() == 4);
    for (JsonNode line : linesOf("forger-1")) {
      assertThat(line.has("forged")).as(line.toString()).isFalse();
      assertThat(line.at("/level").asString()).isNotEqualTo("error");
      assertThat(line.at("/account").asString()).isEqualTo("a\",\"forged\":\"yes");
    }
  }

  @Test
  void everyLineIsOneJsonObjectAndNoneHoldsASecret() {
    process.as("a").get("/api/v1/incidents").expect(200);
    assertThat(process.log())
        .allSatisfy(
            line -> {
              JsonNode json = JSON.readTree(line);
              assertThat(json.isObject()).isTrue();
              assertThat(json.propertyNames())
                  .contains("time", "level", "plugin", "version", "logger", "message");
              assertThat(line).doesNotContain(Service.TOKEN);
            });
  }

  private JsonNode lineOf(String requestId) {
    Eventually.until(
        Duration.ofSeconds(10), "a line of " + requestId, () -> !linesOf(requestId).isEmpty());
    return linesOf(requestId).getFirst();
  }

  private List<JsonNode> linesOf(String requestId) {
    return process.log().stream()
        .map(JSON::readTree)
        .filter(line -> line.at("/request_id").asString("").equals(requestId))
        .filter(line -> line.has("duration_ms"))
        .toList();
  }
}
