package org.nself.incidents.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import org.nself.incidents.testing.TestPostgres;

/** Requests with a cookie, which a browser adds whichever page causes them. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserRequestTest {

  private static final Map<String, String> FOREIGN =
      Map.of("Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site");

  private final Service service;
  private final String account = Service.newAccount();

  BrowserRequestTest(TestPostgres postgres) {
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET",
                HasuraTokens.configuration()
                    .replace("}", ",\"header\":{\"type\":\"Cookie\",\"name\":\"token\"}}")));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private Api cookie(Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("Cookie", "token=" + HasuraTokens.of(account, "admin", "ana"));
    return service.with(all);
  }

  private record Write(String method, String path, String body) {}

  private List<Write> writes() {
    Api admin = service.as(account, "admin");
    String incident = admin.open("Victim");
    String execution = Settled.waiting(admin).execution();
    List<Write> writes = new ArrayList<>();
    writes.add(new Write("POST", "/api/v1/incidents", "{\"title\":\"Forged\"}"));
    writes.add(new Write("PATCH", "/api/v1/incidents/" + incident, "{\"title\":\"Forged\"}"));
    writes.add(
        new Write("POST", "/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"x\"}"));
    writes.add(new Write("POST", "/incidents", "{\"title\":\"Forged\"}"));
    writes.add(new Write("POST", "/incidents/" + incident + "/acknowledge", ""));
    writes.add(new Write("POST", "/incidents/" + incident + "/resolve", ""));
    writes.add(
        new Write(
            "POST",
            "/graphql",
            "{\"query\":\"mutation{openIncident(input:{title:\\\"c\\\"}){id}}\"}"));
    String run = "/api/v1/runbook-executions/" + execution;
    writes.add(new Write("POST", run + "/steps/" + Settled.HAND + "/complete", ""));
    writes.add(new Write("POST", run + "/cancel", ""));
    return writes;
  }

  private static Response send(Api api, Write write, @Nullable String type) {
    return api.send(
        write.method(),
        write.path(),
        write.body().isEmpty() ? new byte[0] : write.body().getBytes(StandardCharsets.UTF_8),
        type);
  }

  private static String code(Response response) {
    return response.at("code").asString(response.at("errors/0/extensions/code").asString(""));
  }

  private static void refused(Response response) {
    response.expect(403);
    assertThat(code(response)).isEqualTo("forbidden");
    assertThat(response.text()).contains("a page of this origin");
  }

  @Test
  void aPageOfAnotherOriginWritesNothing() {
    for (Write write : writes()) {
      List<Map<String, String>> origins =
          List.of(
              FOREIGN,
              Map.of("Origin", "https://evil.example"),
              Map.of("Origin", "null"),
              Map.of("Origin", service.url().replace("127.0.0.1", "localhost")),
              Map.of("Origin", "http://127.0.0.1:1"),
              Map.of("Origin", service.url(), "Sec-Fetch-Site", "same-site"),
              Map.of("Sec-Fetch-Site", "none"),
              Map.of());
      for (Map<String, String> origin : origins) {
        refused(send(cookie(origin), write, "application/json"));
      }
    }
    assertThat(service.as(account, "viewer").get("/api/v1/incidents").text())
        .doesNotContain("Forged");
  }

  @Test
  void aPageOfTheSameOriginWrites() {
    for (Map<String, String> origin :
        List.of(
            Map.of("Origin", service.url(), "Sec-Fetch-Site", "same-origin"),
            Map.of("Origin", service.url()),
            Map.of("Origin", "https://app.example", "X-Forwarded-Host", "app.example"),
            Map.of("Sec-Fetch-Site", "same-origin"))) {
      cookie(origin).post("/api/v1/incidents", "{\"title\":\"Own\"}").expect(201);
      assertThat(cookie(origin).data("mutation{openIncident(input:{title:\"Own\"}){id}}"))
          .isNotNull();
    }
  }

  @Test
  void readingNeedsNoOrigin() {
    cookie(FOREIGN).get("/api/v1/incidents").expect(200);
    cookie(Map.of("Sec-Fetch-Site", "none")).get("/api/v1/incidents").expect(200);
  }

  @Test
  void aGatewayIsToldByTheMethodThatItWillPassOn() {
    Map<String, String> post = new HashMap<>(FOREIGN);
    post.put("X-Forwarded-Method", "POST");
    refused(cookie(post).get("/auth/verify"));
    Map<String, String> socket = new HashMap<>(FOREIGN);
    socket.put("X-Forwarded-Method", "GET");
    cookie(socket).get("/auth/verify").expect(204);
    socket.put("X-Forwarded-Upgrade", "websocket");
    refused(cookie(socket).get("/auth/verify"));
    post.put("Sec-Fetch-Site", "same-origin");
    assertThat(cookie(post).get("/auth/verify").expect(204).header("X-Hasura-Role"))
        .isEqualTo("admin");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/graphql", "/im/graphql?query={a}", "/im/%67raphql", "/im//graphql", "/im/%zz"})
  void aGatewayIsToldThatAPageOfAnotherOriginMayNotQueryByGet(String uri) {
    Map<String, String> query = new HashMap<>(FOREIGN);
    query.put("X-Forwarded-Method", "GET");
    query.put("X-Forwarded-Uri", uri);
    query.put("Accept", "application/json");
    assertThat(code(cookie(query).get("/auth/verify").expect(403))).isEqualTo("forbidden");
    Map<String, String> program =
        Map.of("X-Forwarded-Method", "GET", "X-Forwarded-Uri", uri, "Accept", "*/*");
    cookie(program).get("/auth/verify").expect(403);
    Map<String, String> deliberate = new HashMap<>(program);
    deliberate.put("Apollo-Require-Preflight", "1");
    cookie(deliberate).get("/auth/verify").expect(204);
    query.put("X-Forwarded-Uri", "/im/api/v1/incidents?q=/graphql");
    cookie(query).get("/auth/verify").expect(204);
  }

  /** An older nginx file does not say what the request is. */
  @Test
  void aGatewayThatDoesNotTellTheMethodIsToldOfAViewer() {
    assertThat(cookie(Map.of()).get("/auth/verify").expect(204).header("X-Hasura-Role"))
        .isEqualTo("viewer");
  }

  /** Some routes read an empty body, which a form can send with its own content type. */
  @Test
  void noRouteTakesWhatAFormSends() {
    Api admin = service.as(account, "admin");
    for (Write write : writes()) {
      for (String type :
          List.of(
              "application/x-www-form-urlencoded",
              "Text/Plain; charset=UTF-8",
              "multipart/form-data; boundary=x")) {
        Response response = send(admin, write, type).expect(415);
        assertThat(code(response)).isEqualTo("unsupported_media_type");
      }
      if (!write.body().isEmpty()) {
        send(admin, write, null).expect(415);
      }
    }
  }
}
