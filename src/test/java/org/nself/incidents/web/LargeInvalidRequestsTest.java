package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.runbook.definition.YamlReader;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Requests with very many errors, values or digits: the response is short, whatever they have. */
@ExtendWith(RunningService.class)
class LargeInvalidRequestsTest {

  private static final int MAX_RESPONSE = 64 * 1024;

  private final Api api;

  LargeInvalidRequestsTest(Service service) {
    this.api = service.admin();
  }

  private static String repeat(int count, String separator, String format) {
    return IntStream.range(0, count)
        .mapToObj(i -> format.replace("#", Integer.toHexString(i)))
        .collect(Collectors.joining(separator));
  }

  private Api.Response send(String method, String path, String body, String type) {
    return api.send(method, path, body.getBytes(StandardCharsets.UTF_8), type);
  }

  private static String graphql(String query, String variables) {
    return "{\"query\":\"%s\",\"variables\":%s}".formatted(query, variables);
  }

  record Request(String method, String path, String body) {}

  static Stream<Request> withManyErrors() {
    String unknown = "{" + repeat(20_000, ",", "\"f#\":0") + "}";
    String list = "query($s:[IncidentStatus!]){incidents(filter:{status:$s}){nodes{id}}}";
    String open = "mutation($i:OpenIncidentInput!){openIncident(input:$i){id}}";
    return Stream.of(
        new Request("POST", "/api/v1/incidents", unknown),
        new Request("PATCH", "/api/v1/incidents/1", unknown),
        new Request("POST", "/api/v1/runbooks", unknown),
        new Request("POST", "/incidents", unknown),
        new Request(
            "POST",
            "/api/v1/runbooks",
            "{\"name\":\"a\",\"steps\":[" + repeat(100, ",", "{}") + "]}"),
        new Request(
            "POST",
            "/api/v1/runbooks",
            "{\"name\":\"a\",\"steps\":["
                + repeat(
                    100,
                    ",",
                    "{\"kind\":\"note\",\"title\":\"t\",\"note\":{\"message\":\"${x.#}\"}}")
                + "]}"),
        new Request(
            "POST", "/graphql", graphql(list, "{\"s\":[" + repeat(40_000, ",", "1") + "]}")),
        new Request(
            "POST",
            "/graphql",
            graphql(
                "{incidents(filter:{status:[" + repeat(40_000, " ", "BAD") + "]}){nodes{id}}}",
                "{}")),
        new Request("POST", "/graphql", graphql(open, "{\"i\":" + unknown + "}")),
        new Request(
            "POST", "/graphql", graphql("{" + repeat(4_000, " ", "a#:nothing") + "}", "{}")),
        new Request(
            "POST",
            "/graphql",
            graphql("{" + repeat(2_000, " ", "a#:incident(id:\\\"x\\\"){id}") + "}", "{}")));
  }

  @ParameterizedTest
  @MethodSource("withManyErrors")
  void fiftyErrorsAreNamedAndTheOthersAreCounted(Request request) {
    Api.Response response =
        send(request.method(), request.path(), request.body(), "application/json");
    assertThat(response.text().length())
        .as("characters of the response: %.500s", response.text())
        .isLessThan(MAX_RESPONSE);
    assertThat(response.text())
        .containsPattern("and (at least )?\\d+ more|perhaps more|100 errors");
    assertThat(response.at("errors").size()).isBetween(1, 50);
  }

  static Stream<Request> tooLargeToParse() {
    String values = repeat(60_000, ",", "1");
    String numbers = repeat(300, ",", "1" + "0".repeat(300));
    String open = "mutation($i:OpenIncidentInput!){openIncident(input:$i){id}}";
    String literals = "mutation{openIncident(input:{title:\\\"a\\\",data:[" + numbers + "]}){id}}";
    return Stream.of(
        new Request("POST", "/api/v1/incidents", "{\"title\":[" + values + "]}"),
        new Request("POST", "/api/v1/incidents", "{\"title\":[" + numbers + "]}"),
        new Request("POST", "/incidents", "{\"title\":[" + values + "]}"),
        new Request("POST", "/incidents", "{\"title\":[" + numbers + "]}"),
        new Request("POST", "/graphql", graphql(open, "{\"i\":[" + values + "]}")),
        new Request("POST", "/graphql", graphql(open, "{\"i\":[" + numbers + "]}")),
        new Request("POST", "/graphql", graphql(literals, "{}")));
  }

  @ParameterizedTest
  @MethodSource("tooLargeToParse")
  void aBodyOfTooManyValuesOrDigitsIsNotParsed(Request request) {
    Api.Response response =
        send(request.method(), request.path(), request.body(), "application/json");
    assertThat(response.text())
        .containsAnyOf("more than 50,000 names and values", "more than 65,536 digits in all");
    assertThat(response.status()).isIn(200, 400);
  }

  @Test
  void yamlHasTheSameLimits() {
    for (String body :
        new String[] {
          "a: [" + repeat(60_000, ",", "x") + "]",
          "a: [" + repeat(300, ",", "1" + "0".repeat(300)) + "]"
        }) {
      Api.Response response = send("POST", "/api/v1/runbooks", body, "application/yaml");
      assertThat(response.text())
          .containsAnyOf("more than 50,000 names and values", "more than 65,536 digits in all");
      response.expect(400);
    }
  }

  /** The parser copied what it had not consumed for each kibibyte that it read. */
  @ParameterizedTest
  @ValueSource(strings = {"a: b\n#", "a: "})
  void oneLongTokenOfYamlTakesLittleMemory(String beginning) {
    byte[] body = (beginning + "a".repeat(1_000_000)).getBytes(StandardCharsets.UTF_8);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThat(YamlReader.parseObject(body)).containsKey("a");
    assertThat(threads.getCurrentThreadAllocatedBytes() - before)
        .as("bytes allocated for a body of 1 MB")
        .isLessThan(100L << 20);
  }

  /** PostgreSQL writes 1e199 as 200 digits. */
  @Test
  void numbersWithExponentsCountAsTheyAreStored() {
    String path = "/api/v1/incidents/" + api.open("Numbers") + "/timeline";
    String few = "{\"kind\":\"n\",\"data\":[" + repeat(300, ",", "1e199") + "]}";
    api.post(path, few).expect(201);
    String many = "{\"kind\":\"n\",\"data\":[" + repeat(400, ",", "1e199") + "]}";
    Api.Response response = api.post(path, many).expect(422);
    assertThat(response.text("errors/0/field")).isEqualTo("data");
    assertThat(response.text("errors/0/message")).contains("65,536 digits in all");
  }
}
