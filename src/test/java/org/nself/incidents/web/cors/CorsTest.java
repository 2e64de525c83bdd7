package org.nself.incidents.web.cors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
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
import org.nself.incidents.testing.TestPostgres;

/** Pages of other origins, as browsers send their requests. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorsTest {

  private static final String NAMED = "https://app.example";
  private static final String OTHER = "https://other.example";

  private final Service service;
  private final Service shared;
  private final String account = Service.newAccount();

  CorsTest(Service shared, TestPostgres postgres) {
    this.shared = shared;
    this.service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "CORS_ALLOWED_ORIGINS",
                "*, " + NAMED + " ,http://localhost:5173",
                "HASURA_GRAPHQL_JWT_SECRET",
                HasuraTokens.configuration()
                    .replace("}", ",\"header\":{\"type\":\"Cookie\",\"name\":\"token\"}}")));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private static Response preflight(Service service, String origin, String method, String path) {
    return service
        .with(
            Map.of(
                "Origin",
                origin,
                "Access-Control-Request-Method",
                method,
                "Access-Control-Request-Headers",
                "authorization, content-type, idempotency-key"))
        .send("OPTIONS", path, null, null);
  }

  private Api cookie(String origin) {
    Map<String, String> headers = new HashMap<>();
    headers.put("Cookie", "token=" + HasuraTokens.of(account, "admin", "ana"));
    headers.put("Origin", origin);
    headers.put("Sec-Fetch-Site", "cross-site");
    return service.with(headers);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/graphql",
        "/api/v1/incidents",
        "/api/v1/incidents/1/timeline",
        "/incidents",
        "/openapi.json",
        "/health"
      })
  void aPreflightNeedsNoCredentials(String path) {
    for (String method : new String[] {"GET", "POST", "PATCH", "PUT", "DELETE"}) {
      Response allowed = preflight(service, NAMED, method, path).expect(200);
      assertThat(allowed.header("Access-Control-Allow-Origin")).isEqualTo(NAMED);
      assertThat(allowed.header("Access-Control-Allow-Credentials")).isEqualTo("true");
      assertThat(allowed.header("Access-Control-Allow-Methods")).contains(method);
      assertThat(allowed.header("Access-Control-Allow-Headers"))
          .contains("authorization", "content-type", "idempotency-key");
      assertThat(allowed.header("Access-Control-Max-Age")).isEqualTo("3600");
    }
  }

  @Test
  void anOriginThatIsNotNamedMayNotSendCookies() {
    Response allowed = preflight(service, OTHER, "POST", "/graphql").expect(200);
    assertThat(allowed.header("Access-Control-Allow-Origin")).isEqualTo("*");
    assertThat(allowed.header("Access-Control-Allow-Credentials")).isNull();
    Response read = cookie(OTHER).get("/api/v1/incidents").expect(200);
    assertThat(read.header("Access-Control-Allow-Origin")).isEqualTo("*");
    assertThat(read.header("Access-Control-Allow-Credentials")).isNull();
    cookie(OTHER).post("/api/v1/incidents", "{\"title\":\"Forged\"}").expect(403);
    cookie(OTHER).graphql("mutation{openIncident(input:{title:\"Forged\"}){id}}", "{}").expect(403);
    cookie(OTHER).get("/graphql?query=%7B__typename%7D").expect(403);
  }

  @Test
  void aNamedOriginMaySendCookies() {
    for (String origin : new String[] {NAMED, "http://localhost:5173"}) {
      Response opened = cookie(origin).post("/api/v1/incidents", "{\"title\":\"Own\"}").expect(201);
      assertThat(opened.header("Access-Control-Allow-Origin")).isEqualTo(origin);
      assertThat(opened.header("Access-Control-Allow-Credentials")).isEqualTo("true");
      assertThat(opened.header("Access-Control-Expose-Headers")).contains("ETag", "Location");
      cookie(origin).get("/graphql?query=%7B__typename%7D").expect(200);
    }
  }

  @Test
  void errorsAndStreamsCanBeReadToo() {
    Api page = service.as(account, "admin").header("Origin", OTHER);
    Api stream = page.header("Accept", "text/event-stream");
    for (Response response :
        new Response[] {
          service.with(Map.of("Origin", OTHER)).get("/api/v1/incidents").expect(401),
          page.send("POST", "/api/v1/incidents", new byte[2 << 20], "application/json").expect(413),
          stream.get("/api/v1/incidents").expect(200),
          stream.graphql("subscription { incidentChanges { cursor } }", "{}").expect(200),
        }) {
      assertThat(response.header("Access-Control-Allow-Origin")).isEqualTo("*");
    }
  }

  @Test
  void withoutTheSettingNoOriginIsAllowed() {
    Response refused = preflight(shared, NAMED, "POST", "/graphql").expect(401);
    assertThat(refused.header("Access-Control-Allow-Origin")).isNull();
    Response read = shared.admin().header("Origin", NAMED).get("/api/v1/incidents").expect(200);
    assertThat(read.header("Access-Control-Allow-Origin")).isNull();
  }

  @Test
  void aRequestOfNoPageIsAnsweredAsBefore() {
    Response read = service.as(account, "admin").get("/api/v1/incidents").expect(200);
    assertThat(read.header("Access-Control-Allow-Origin")).isNull();
  }
}
