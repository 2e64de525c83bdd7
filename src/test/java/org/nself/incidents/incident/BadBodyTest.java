package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Refusal;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Bodies that are not a JSON object, at every route with a body. */
@ExtendWith(RunningService.class)
class BadBodyTest {

  private static final String JSON = "application/json";

  private static final List<String> BROKEN =
      List.of(
          "",
          " ",
          "\n\n",
          "null",
          "true",
          "1",
          "\"text\"",
          "[]",
          "[{\"title\":\"a\",\"message\":\"a\"}]",
          "{",
          "}",
          "{\"title\"",
          "{\"title\":\"a\",}",
          "{\"title\":\"a\"}}",
          "{\"title\":\"a\"}{\"title\":\"b\"}",
          "{\"title\":\"a\"} x",
          "{'title':'a'}",
          "{title:\"a\"}",
          "{\"title\":\"a\"} // why",
          "{\"title\":\"a\",\"title\":\"b\"}",
          "{\"title\":\"a\",\"labels\":{\"a\":\"1\",\"a\":\"2\"}}",
          "{\"title\":\"a\",\"message\":\"a\",\"into\":01}",
          "{\"title\":NaN}",
          "{\"title\":Infinity}",
          "{\"title\":\"a\tb\"}",
          "{\"title\":\"a\u0000b\"}",
          "{\"title\":\"\\x41\"}",
          "{\"title\":\"\\u12\"}",
          "{\"data\":" + "9".repeat(401) + "}",
          "{\"data\":" + "[".repeat(60) + "]".repeat(60) + "}",
          "{\"a\":".repeat(20_000),
          "[".repeat(100_000));

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;

  BadBodyTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.incident = "/api/v1/incidents/" + api.open("Here before");
  }

  private record Route(String method, String path) {}

  private List<Route> routes() {
    return List.of(
        new Route("POST", "/api/v1/incidents"),
        new Route("PATCH", incident),
        new Route("POST", incident + "/merge"),
        new Route("POST", incident + "/timeline"));
  }

  @TestFactory
  Stream<DynamicTest> aBodyThatIsNotAJsonObjectIsMalformed() {
    return eachRoute(
        BROKEN.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList(), 400);
  }

  @TestFactory
  Stream<DynamicTest> aBodyThatIsNotUtf8IsMalformed() {
    return eachRoute(
        List.of(
            bytes("{\"title\":\"\u00ff\"}"),
            bytes("{\"title\":\"\u00c3(\"}"),
            // Overlong encodings of a slash and a NUL.
            bytes("{\"title\":\"\u00c0\u00af\"}"),
            bytes("{\"title\":\"\u00c0\u0080\"}"),
            // Half of a surrogate pair, and a code point beyond Unicode.
            bytes("{\"title\":\"\u00ed\u00a0\u0080\"}"),
            bytes("{\"title\":\"\u00f4\u0090\u0080\u0080\"}"),
            bytes("{\"title\":\"\u00e2\u0082"),
            "{\"title\":\"a\"}".getBytes(StandardCharsets.UTF_16),
            "{\"title\":\"a\"}".getBytes(StandardCharsets.UTF_16LE),
            "{\"title\":\"a\"}".getBytes(StandardCharsets.UTF_32)),
        400);
  }

  @TestFactory
  Stream<DynamicTest> aBodyOfMoreThanOneMebibyteIsTooLarge() {
    byte[] body =
        ("{\"title\":\"" + "a".repeat(1024 * 1024 - 11) + "\"}").getBytes(StandardCharsets.UTF_8);
    assertThat(body.length).isEqualTo(1024 * 1024 + 1);
    return eachRoute(List.of(body), 413);
  }

  @Test
  void aBodyOfOneMebibyteIsRead() {
    String spaces = " ".repeat(1024 * 1024 - "{\"title\":\"a\"}".length());
    api.post("/api/v1/incidents", "{\"title\":\"a\"" + spaces + "}").expect(201);
  }

  @Test
  void aByteOrderMarkIsIgnored() {
    api.post("/api/v1/incidents", "\ufeff{\"title\":\"From Windows\"}").expect(201);
  }

  @Test
  void theErrorHasThePositionOfTheJsonSyntaxError() {
    Response response = api.post("/api/v1/incidents", "{\n  \"title\": \"a\",\n  oops\n}");
    assertProblem(response, 400, "invalid");
    assertThat(response.text("detail")).contains("line 3");
  }

  private Stream<DynamicTest> eachRoute(List<byte[]> bodies, int status) {
    Map<String, String> before = AccountRows.of(service, account);
    return routes().stream()
        .flatMap(
            route ->
                bodies.stream()
                    .map(
                        body ->
                            DynamicTest.dynamicTest(
                                route.method() + " " + route.path() + ": " + excerpt(body),
                                () -> {
                                  Response refused =
                                      api.send(route.method(), route.path(), body, JSON);
                                  assertProblem(
                                      refused, status, status == 413 ? "too_large" : "invalid");
                                  Refusal.assertNoLeak(refused.text());
                                  assertThat(AccountRows.of(service, account)).isEqualTo(before);
                                })));
  }

  private static String excerpt(byte[] body) {
    String text = new String(body, StandardCharsets.ISO_8859_1);
    return text.length() > 40 ? text.substring(0, 40) + "… (" + text.length() + ")" : text;
  }

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }
}
