package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/** Valid HTTP requests for resources, methods or formats that are not served. */
@ExtendWith(RunningService.class)
class BadRequestTest {

  private static final String INCIDENTS = "/api/v1/incidents";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;
  private final Map<String, String> before;

  BadRequestTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.incident = INCIDENTS + "/" + api.open("Here before");
    this.before = AccountRows.of(service, account);
  }

  /** Write requests that would succeed with correct headers. */
  private Stream<Map.Entry<String, String>> writes() {
    return Map.of(
        "POST " + INCIDENTS, "{\"title\":\"a\"}",
        "PATCH " + incident, "{\"title\":\"b\"}",
        "POST " + incident + "/timeline", "{\"message\":\"a\"}")
        .entrySet()
        .stream();
  }

  private Response send(Api caller, Map.Entry<String, String> write, @Nullable String contentType) {
    List<String> methodAndPath = List.of(write.getKey().split(" ", -1));
    return caller.send(
        methodAndPath.get(0),
        methodAndPath.get(1),
        write.getValue().getBytes(StandardCharsets.UTF_8),
        contentType);
  }

  @TestFactory
  Stream<DynamicTest> nothingIsWrittenForACallerWhoDoesNotTakeJson() {
    return Stream.of("text/html", "application/xml", "nonsense", "image/*", "text/event-stream")
        .flatMap(
            accepted ->
                writes()
                    .map(
                        write ->
                            DynamicTest.dynamicTest(
                                write.getKey() + " accepting " + accepted,
                                () -> {
                                  Response refused =
                                      send(
                                          api.header("Accept", accepted),
                                          write,
                                          "application/json");
                                  assertProblem(refused, 406, "not_acceptable");
                                  assertThat(AccountRows.of(service, account)).isEqualTo(before);
                                })));
  }

  /** Otherwise Spring rejects the Accept header only after the work is done. */
  @Test
  void everyRouteSaysBeforehandWhatItAnswers() {
    RequestMappingHandlerMapping routes =
        service
            .context()
            .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class);
    List<String> silent =
        routes.getHandlerMethods().keySet().stream()
            .filter(route -> route.getProducesCondition().isEmpty())
            .map(Object::toString)
            .filter(route -> route.contains("/api/"))
            .toList();
    assertThat(silent).as("routes whose @RequestMapping does not say what it produces").isEmpty();
  }

  @Test
  void anAnswerIsNeverLabelledAsAProblemThatItIsNot() {
    assertProblem(
        api.header("Accept", "application/problem+json").get(incident), 406, "not_acceptable");
    Response both =
        api.header("Accept", "application/problem+json, application/json").get(incident);
    assertThat(both.expect(200).header("Content-Type")).isEqualTo("application/json");
  }

  @ParameterizedTest
  @ValueSource(strings = {"*/*", "application/*", "application/json", "text/html, */*;q=0.1", ""})
  void aCallerWhoTakesJsonAmongOthersGetsIt(String accepted) {
    assertThat(api.header("Accept", accepted).get(incident).expect(200).header("Content-Type"))
        .isEqualTo("application/json");
  }

  @TestFactory
  Stream<DynamicTest> aBodyOfAnotherTypeIsNotRead() {
    return Stream.of(
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "application/problem+json",
            "application/json; charset=nonsense",
            "nonsense",
            "*/*",
            "application/*",
            "text/*, application/json")
        .flatMap(
            type ->
                writes()
                    .map(
                        write ->
                            DynamicTest.dynamicTest(
                                write.getKey() + " of " + type,
                                () -> {
                                  assertProblem(
                                      send(api, write, type), 415, "unsupported_media_type");
                                  assertThat(AccountRows.of(service, account)).isEqualTo(before);
                                })));
  }

  @Test
  void aBodyWithoutATypeIsNotRead() {
    writes().forEach(write -> assertProblem(send(api, write, null), 415, "unsupported_media_type"));
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/x",
        "/api",
        "/api/v1",
        "/api/v2/incidents",
        "/api/v1/incidents/",
        "//api/v1/incidents",
        "/api//v1/incidents",
        "/api/v1/incidents/1/nothing",
        "/api/v1/incidents/1/timeline/1",
        "/API/V1/INCIDENTS",
        "/error",
        "/actuator",
        "/actuator/env",
        "/graphiql",
        "/favicon.ico",
        "/index.html",
        "/application.properties",
        "/api/v1/incidents/..;/incidents",
        "/health/../api/v1/incidents"
      })
  void anUnknownPathIsNotFound(String path) {
    assertProblem(api.get(path), 404, "not_found");
    assertProblem(api.post(path, "{}"), 404, "not_found");
    assertProblem(service.with(Map.of()).get(path), 401, "unauthenticated");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "0",
        "-1",
        "01",
        "+1",
        "1.0",
        "1e3",
        "2147483647",
        "2147483648",
        "99999999999999999999",
        "%31%00x",
        "1%20",
        "1%0a",
        "%EF%BC%91",
        "null",
        "1-1-1-1-1",
        "01979e3c5d2a7b118c0e2f6f6f0a9a51",
        "01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a5",
        "01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51%00",
        "01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a5g",
        "01979e3c-5d2a-7b11-8c0e-2f6f6f0a9a51",
        "'%20or%201=1--"
      })
  void whatIsNoIdOfAnIncidentIsNotFound(String id) {
    String path = INCIDENTS + "/" + id;
    if (id.contains("%00")) {
      assertProblem(api.get(path), 400, "invalid");
      return;
    }
    assertProblem(api.get(path), 404, "not_found");
    assertProblem(api.patch(path, "{\"title\":\"b\"}"), 404, "not_found");
    assertProblem(api.get(path + "/timeline"), 404, "not_found");
    assertProblem(api.get(path + "/timeline/verification"), 404, "not_found");
    assertProblem(api.post(path + "/timeline", "{\"message\":\"a\"}"), 404, "not_found");
    assertProblem(api.post(path + "/merge", "{\"into\":1}"), 404, "not_found");
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /api/v1/incidents, 'GET, POST'",
    "DELETE, /api/v1/incidents, 'GET, POST'",
    "PATCH, /api/v1/incidents, 'GET, POST'",
    "DELETE, /api/v1/incidents/1, 'GET, PATCH'",
    "POST, /api/v1/incidents/1, 'GET, PATCH'",
    "GET, /api/v1/incidents/1/merge, POST",
    "PUT, /api/v1/incidents/1/timeline, 'GET, POST'",
    "POST, /api/v1/incidents/1/timeline/verification, GET",
    "POST, /health, GET",
    "DELETE, /metrics, GET",
    "FOO, /api/v1/incidents, 'GET, POST'",
    "PUT, /graphql, 'GET, POST'",
    "DELETE, /graphql, 'GET, POST'",
    "FOO, /graphql, 'GET, POST'",
  })
  void anotherMethodIsRefusedWithThoseThatThereAre(String method, String path, String allowed) {
    Response refused = api.send(method, path, null, null);
    refused.expect(405);
    assertThat(refused.header("Allow")).isEqualTo(allowed);
    if (path.equals("/graphql")) {
      assertThat(refused.text("errors/0/extensions/code")).isEqualTo("method_not_allowed");
    } else {
      assertProblem(refused, 405, "method_not_allowed");
    }
    assertThat(AccountRows.of(service, account)).isEqualTo(before);
  }

  @Test
  void headAnswersAsGetWithoutTheBodyAndOptionsNamesTheMethods() {
    Response head = api.send("HEAD", incident, null, null).expect(200);
    assertThat(head.text()).isEmpty();
    assertThat(head.header("ETag")).isEqualTo(api.get(incident).header("ETag"));
    assertThat(api.send("HEAD", INCIDENTS + "/77", null, null).expect(404).text()).isEmpty();
    assertThat(api.send("OPTIONS", incident, null, null).expect(200).header("Allow"))
        .contains("GET", "PATCH");
    assertThat(api.send("OPTIONS", "/graphql", null, null).expect(200).header("Allow"))
        .contains("POST");
  }
}
