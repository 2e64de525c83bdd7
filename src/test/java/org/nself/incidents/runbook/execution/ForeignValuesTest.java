package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.runbook.execution.RunbookDriver.status;
import static org.nself.incidents.runbook.execution.RunbookDriver.step;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** What people and servers give to steps: numbers, long texts, byte order marks, types. */
@ExtendWith(RunningService.class)
class ForeignValuesTest {

  private static final Map<String, String> BODIES =
      Map.of(
          "/u64", "{\"status\":\"firing\",\"groupKey\":11168737559087072609}",
          "/float",
              "{\"ts\":1760001234.5678,\"load\":0.00001,\"bytes\":123456789.25,\"whole\":5.0}",
          "/huge", "{\"a\":1e400,\"b\":1e999999999,\"c\":1e99999999999,\"ok\":true}",
          "/many", "[1e399" + ",1e399".repeat(499) + "]",
          "/bom", "\ufeff{\"id\":7}",
          "/big", "{\"id\":7,\"pad\":\"" + "y".repeat(70_000) + "\"}");

  private static final List<Instant> BUSY = new CopyOnWriteArrayList<>();
  private static HttpServer server;

  private final Api api;
  private final RunbookDriver runbooks;

  ForeignValuesTest(Service service) {
    this.api = service.admin();
    this.runbooks = new RunbookDriver(api);
  }

  @BeforeAll
  static void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().equals("/busy")) {
            BUSY.add(Instant.now());
            exchange.getResponseHeaders().add("Retry-After", "2");
            exchange.sendResponseHeaders(BUSY.size() > 1 ? 200 : 429, -1);
            exchange.close();
            return;
          }
          byte[] body =
              Objects.requireNonNull(BODIES.get(exchange.getRequestURI().getPath()))
                  .getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterAll
  static void stopServer() {
    server.stop(0);
  }

  private static String get(String key, String path, String more) {
    return "{'key':'%s','title':'%s','kind':'http','on_failure':'continue','http':{'method':'get','url':'http://127.0.0.1:%d%s'%s}}"
        .formatted(key, key, server.getAddress().getPort(), path, more);
  }

  private static String note(String key, String message) {
    return "{'key':'%s','title':'%s','kind':'note','on_failure':'continue','note':{'message':'%s'}}"
        .formatted(key, key, message);
  }

  /** Runs steps to their end, for a new incident. */
  private JsonNode run(String... steps) {
    return runbooks.await(
        runbooks.start(
            runbooks.runbook("[" + String.join(",", steps) + "]"),
            "{'incident_id':'" + api.open("Foreign") + "'}"),
        "succeeded",
        "failed");
  }

  private List<String> notes(JsonNode execution) {
    List<String> notes = new ArrayList<>();
    for (JsonNode event : runbooks.timeline(execution.get("incident_id").asString())) {
      if (event.get("kind").asString().equals("note")) {
        notes.add(event.get("message").asString());
      }
    }
    return notes;
  }

  @Test
  void aNumberBeyond64BitsIsKeptExactly() {
    String id =
        runbooks.start(
            runbooks.runbook(
                "[{'key':'look','title':'look','kind':'manual'},"
                    + note("say", "${steps.look.output.id} ${steps.look.output.n}")
                    + "]"),
            "{'incident_id':'" + api.open("Numbers") + "'}");
    runbooks.awaitStep(id, "look", "waiting");
    runbooks
        .command(
            id,
            "look",
            "complete",
            "{'output':{'id':11168737559087072609,'n':123456789012345678901234567890}}")
        .expect(200);
    assertThat(notes(runbooks.await(id, "succeeded")))
        .containsExactly("11168737559087072609 123456789012345678901234567890");
  }

  @Test
  void aNumberThatCannotBeStoredIsRefusedAtOnce() {
    String id = runbooks.start(runbooks.runbook("[{'key':'look','title':'l','kind':'manual'}]"));
    runbooks.awaitStep(id, "look", "waiting");
    runbooks.command(id, "look", "complete", "{'output':{'id':1e999999999}}").expect(422);
    runbooks.cancel(id).expect(200);
  }

  @Test
  void aResponseWithLargeNumbersStaysJson() {
    JsonNode execution =
        run(
            get("all", "/u64", ""),
            get("part", "/u64", ",'output_path':'/status'"),
            get("huge", "/huge", ""),
            note("say", "${steps.all.output.status} ${steps.huge.output.ok}"));
    assertThat(step(execution, "all").at("/output/groupKey").toString())
        .isEqualTo("11168737559087072609");
    assertThat(step(execution, "part").at("/output").asString()).isEqualTo("firing");
    assertThat(step(execution, "huge").at("/output/a").asString()).isEqualTo("1e400");
    assertThat(step(execution, "huge").at("/output/b").asString()).isEqualTo("1e999999999");
    assertThat(step(execution, "huge").at("/output/c").asString()).isEqualTo("1e99999999999");
    assertThat(notes(execution)).containsExactly("firing true");
  }

  @Test
  void theDigitsOfAResponseAreLimitedInAll() {
    JsonNode output = step(run(get("many", "/many", "")), "many").at("/output");
    assertThat(output).hasSize(500);
    assertThat(output.at("/0").isNumber()).as("the first is a number").isTrue();
    assertThat(output.at("/499").asString()).as("the last is text").isEqualTo("1e399");
    assertThat(output.toString().length()).as("with exponents written out").isLessThan(100_000);
  }

  @Test
  void numbersAreWrittenWithoutExponents() {
    JsonNode execution =
        run(
            get("g", "/float", ""),
            note("plain", "${steps.g.output.ts} ${steps.g.output.load} ${steps.g.output.bytes}"),
            note("text", "${string(steps.g.output.ts) + \\\" \\\" + string(steps.g.output.whole)}"),
            note("sum", "${steps.g.output.load * 2.0} ${steps.g.output.bytes * 1e10}"),
            note("json", "${steps.g.output}"));
    assertThat(notes(execution))
        .containsExactlyInAnyOrder(
            "1760001234.5678 0.00001 123456789.25",
            "1760001234.5678 5",
            "0.00002 1234567892500000000",
            "{\"ts\":1760001234.5678,\"load\":0.00001,\"bytes\":123456789.25,\"whole\":5}");
  }

  @Test
  void aByteOrderMarkIsIgnored() {
    JsonNode execution = run(get("all", "/bom", ""), get("id", "/bom", ",'output_path':'/id'"));
    assertThat(step(execution, "all").at("/output/id").asInt()).isEqualTo(7);
    assertThat(step(execution, "id").at("/output").asInt()).isEqualTo(7);
  }

  @Test
  void nothingIsCutSilently() {
    JsonNode execution =
        run(
            get("big", "/big", ""),
            note("whole", "${steps.big.output.text}"),
            "{'key':'own','title':'own','kind':'incident','on_failure':'continue','after':['big'],'incident':{'owner':'${steps.big.output.text}'}}",
            "{'key':'label','title':'l','kind':'incident','on_failure':'continue','after':['big'],'incident':{'labels':{'log':'${steps.big.output.text}'}}}",
            note("member", "${steps.big.output.id}"));
    assertThat(step(execution, "big").at("/output/truncated").asBoolean()).isTrue();
    assertThat(step(execution, "big").at("/attempts/0/excerpt").asString()).endsWith("…");
    assertThat(status(execution, "own")).isEqualTo("failed");
    assertThat(step(execution, "own").get("error").asString())
        .isEqualTo("The owner has 65,536 characters; at most 200 are allowed");
    assertThat(step(execution, "label").get("error").asString()).contains("The label log has");
    assertThat(status(execution, "member")).isEqualTo("failed");
    assertThat(notes(execution)).singleElement().satisfies(note -> assertThat(note).endsWith("…"));
    assertThat(step(execution, "whole").at("/output/truncated").asBoolean()).isTrue();
  }

  @Test
  void aTemplateThatIsOneExpressionKeepsItsType() {
    String child =
        runbooks.runbookWith(
            "'inputs':[{'name':'n','type':'int','required':true},{'name':'f','type':'boolean','required':true},{'name':'s','required':true}],'steps':[{'title':'s','kind':'note','note':{'message':'${inputs.n"
                + " + 1} ${inputs.f} ${inputs.s}'}}]");
    String parent =
        runbooks.runbookWith(
            "'inputs':[{'name':'n','type':'int','default':3},{'name':'f','type':'boolean','default':true}],"
                + "'steps':[{'key':'run','title':'r','kind':'runbook','runbook':{'runbook_id':'"
                + child
                + "','inputs':{'n':'${inputs.n}','f':'${inputs.f}','s':'${inputs.n}'}}}]");
    JsonNode execution =
        runbooks.await(
            runbooks.start(parent, "{'incident_id':'" + api.open("Typed") + "'}"),
            "succeeded",
            "failed");
    assertThat(status(execution, "run")).as(execution.toString()).isEqualTo("succeeded");
    assertThat(notes(execution)).containsExactly("4 true 3");
  }

  @Test
  void aNoteWithoutAnIncidentIsInTheExecution() {
    JsonNode execution =
        runbooks.await(
            runbooks.start(runbooks.runbook("[" + note("n", "root cause: disk 3") + "]")),
            "succeeded");
    assertThat(step(execution, "n").at("/output/message").asString())
        .isEqualTo("root cause: disk 3");
  }

  @Test
  void retryAfterIsHonoured() {
    JsonNode execution =
        run(
            get("r", "/busy", "").replaceFirst("\\}$", "")
                + ",'retry':{'max_attempts':2,'backoff_seconds':1}}");
    assertThat(status(execution, "r")).isEqualTo("succeeded");
    assertThat(Duration.between(BUSY.get(0), BUSY.get(1))).isGreaterThan(Duration.ofMillis(1_900));
  }

  @Test
  void aRedactionReachesTheCopiesInTheExecution() {
    String incident = api.open("Redacted");
    String id =
        runbooks.start(
            runbooks.runbookWith(
                "'inputs':[{'name':'card'}],'steps':[{'key':'look','title':'l','kind':'manual'},"
                    + get("g", "/u64", "")
                    + "]"),
            "{'incident_id':'" + incident + "','inputs':{'card':'4111-2222'}}");
    runbooks.awaitStep(id, "look", "waiting");
    runbooks
        .command(id, "look", "complete", "{'note':'card 4111-1111','output':{'a':'4111-3333'}}")
        .expect(200);
    runbooks.await(id, "succeeded");
    assertThat(runbooks.get(id).toString())
        .contains("4111-1111", "4111-2222", "4111-3333", "firing");
    for (JsonNode event : runbooks.timeline(incident)) {
      if (event.get("kind").asString().startsWith("runbook_")) {
        api.data(
            "mutation { redactTimelineEvent(input: {incidentId: \"%s\", seq: %d}) { seq } }"
                .formatted(incident, event.get("seq").asInt()),
            "{}");
      }
    }
    assertThat(runbooks.get(id).toString()).doesNotContain("4111", "firing");
    assertThat(runbooks.timeline(incident).toString()).doesNotContain("4111", "firing");
    assertThat(
            api.get("/api/v1/incidents/" + incident + "/timeline/verification")
                .expect(200)
                .at("intact")
                .asBoolean())
        .isTrue();
  }

  @Test
  void aStepWaitsUntilAMoment() {
    Instant before = Instant.now();
    JsonNode execution =
        run(
            "{'key':'w','title':'w','kind':'wait','wait':{'until':'now + duration(\\'PT2S\\')'}}"
                .replace("\\'", "\\u0027"),
            "{'key':'past','title':'p','kind':'wait','wait':{'until':'2026-01-01T00:00:00+01:00'}}");
    assertThat(execution.get("status").asString()).isEqualTo("succeeded");
    assertThat(step(execution, "w").at("/output/until").isString()).isTrue();
    assertThat(Duration.between(before, Instant.now())).isGreaterThan(Duration.ofMillis(1_900));
  }

  @Test
  void textIsEncodedAndAdjusted() {
    JsonNode execution =
        run(
            note(
                "n",
                "${urlEncode(\\\"a b/ü\\\")} ${base64.encode(b\\\"hi\\\")} ${\\\" Ab"
                    + " \\\".trim().lowerAscii()} ${\\\"ab\\\".upperAscii()}"
                    + " ${string(duration(\\\"PT1H30M\\\"))}"));
    assertThat(notes(execution)).containsExactly("a%20b%2F%C3%BC aGk= ab AB 5400s");
  }

  @Test
  void failuresOfExpressionsSayWhere() {
    JsonNode execution =
        run(
            note("sum", "${9223372036854775807 + size(incident.title)}"),
            note("zero", "${1 / (size(incident.title) - size(incident.title))}"),
            note("types", "${incident.title + incident.number}"));
    assertThat(step(execution, "sum").get("error").asString())
        .isEqualTo(
            "a number is beyond 64 bits (long overflow) in: 9223372036854775807 +"
                + " size(incident.title)");
    assertThat(step(execution, "zero").get("error").asString())
        .startsWith("division by zero in: 1 / ");
    assertThat(step(execution, "types").get("error").asString())
        .contains("cannot be combined", "in: incident.title + incident.number")
        .doesNotContain("Overload candidates");
  }
}
