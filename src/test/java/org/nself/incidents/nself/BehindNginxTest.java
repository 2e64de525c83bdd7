package org.nself.incidents.nself;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.Nginx;
import org.nself.incidents.testing.Programs;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** The plug-in's nginx configuration, in the installed nginx, in front of the real service. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BehindNginxTest {

  private static final String LIST = "/api/v1/incidents";

  private final TestPostgres postgres;
  private final String account = Service.newAccount();
  private Service service = notYet();
  private Nginx nginx = notYet();

  BehindNginxTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T notYet() {
    return null;
  }

  @BeforeAll
  void start(@TempDir Path directory) {
    Programs.need(
        Programs.isThere("nginx"), "the nginx file is not tried, because nginx is not installed");
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of("HASURA_GRAPHQL_JWT_SECRET", HasuraTokens.configuration()));
    nginx = Nginx.start(directory, "127.0.0.1:" + service.port(), Service.TOKEN);
  }

  @AfterAll
  void stop() {
    if (nginx != null) {
      nginx.close();
    }
    if (service != null) {
      service.close();
    }
  }

  private Api with(Map<String, String> headers) {
    return new Api(nginx.url(), headers);
  }

  private Api bearer(String token) {
    return with(Map.of("Authorization", "Bearer " + token));
  }

  private Api as(String role) {
    return bearer(HasuraTokens.of(account, role, "ana"));
  }

  private Api operator() {
    return service.as(account, "admin");
  }

  @Test
  void aRequestWithATokenIsServedUnderThePrefix() {
    Response opened = as("responder").post(LIST, "{\"title\":\"Through nginx\"}").expect(201);
    assertThat(opened.header("Location"))
        .isEqualTo("/nself-incident-mgmt/api/v1/incidents/" + opened.text("id"));
    assertThat(opened.text("opened_by")).isEqualTo("ana");
    Response shown = as("viewer").get(LIST + "/" + opened.text("id")).expect(200);
    assertThat(shown.text("title")).isEqualTo("Through nginx");
    assertThat(operator().get(LIST + "/" + opened.text("id")).expect(200).text("opened_by"))
        .isEqualTo("ana");
    assertThat(as("user").data("{ incidents { totalCount } }").at("/incidents/totalCount").asInt())
        .isPositive();
  }

  @Test
  void identityHeadersOfTheClientAreDropped() {
    String other = Service.newAccount();
    service.as(other, "admin").open("Of another");
    Map<String, String> forged =
        Map.of(
            "Authorization",
            "Bearer " + HasuraTokens.of(account, "viewer", "ana"),
            "X-Hasura-Source-Account-Id",
            other,
            "x-hasura-source-account-id",
            other,
            "X-Source-Account-Id",
            other,
            "X-Hasura-User-Id",
            "root",
            "X-Hasura-Admin-Secret",
            "x",
            "X_Hasura_Role",
            "admin");
    assertThat(with(forged).get(LIST).expect(200).text()).doesNotContain("Of another");
    with(forged).post(LIST, "{\"title\":\"A viewer's\"}").expect(403);
    Map<String, String> asUser = new HashMap<>(forged);
    asUser.put("Authorization", "Bearer " + HasuraTokens.of(account, "user", "ana"));
    Response opened = with(asUser).post(LIST, "{\"title\":\"A user's\"}").expect(201);
    assertThat(opened.text("opened_by")).isEqualTo("ana");
    operator().get(LIST + "/" + opened.text("id")).expect(200);
  }

  /** Its token has the tenant and no account, and it repeats a request whose answer it lost. */
  @Test
  void aRequestThatNselfsGatewayRepeatsOpensOneIncidentOfItsTenant() {
    String tenant = Service.newAccount();
    Api gateway =
        bearer(
                HasuraTokens.of(
                    "unused",
                    "user",
                    "gateway",
                    Duration.ofMinutes(2),
                    Map.of(
                        "https://hasura.io/jwt/claims",
                        Map.of(
                            "x-hasura-default-role",
                            "user",
                            "x-hasura-allowed-roles",
                            List.of("user"),
                            "x-hasura-user-id",
                            "gateway",
                            "x-hasura-tenant-id",
                            tenant))))
            .header("X-Hasura-Tenant-Id", Service.newAccount());
    String body = "{\"title\":\"Checkout is down\"}";
    String id = gateway.post("/incidents/", body).expect(201).text("id");
    gateway.post("/incidents/", body).expect(201);
    Response list = service.as(tenant, "viewer").get(LIST).expect(200);
    assertThat(list.at("incidents")).hasSize(1);
    assertThat(list.text("incidents/0/id")).isEqualTo(id);
  }

  @Test
  void aRoleThatTheTokenDoesNotAllowIsRejected() {
    Response refused = as("viewer").header("X-Hasura-Role", "admin").get(LIST).expect(403);
    assertThat(refused.text("code")).isEqualTo("forbidden");
    as("viewer").header("X-Hasura-Role", "viewer").get(LIST).expect(200);
  }

  @Test
  void identityHeadersWithoutATokenAreRejected() {
    for (Map<String, String> headers :
        List.of(
            Map.<String, String>of(),
            Map.of("X-Hasura-Role", "admin", "X-Hasura-Source-Account-Id", account),
            Map.of("X-Internal-Token", Service.INTERNAL_TOKEN),
            Map.of("Authorization", "Basic YTpi"))) {
      Response refused = with(headers).get(LIST).expect(401);
      assertThat(refused.text("code"))
          .as("%s: %s", headers, refused.text())
          .isEqualTo("unauthenticated");
      assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
      assertThat(refused.header("Content-Type")).contains("json");
    }
  }

  @Test
  void anExpiredTokenIsRejected() {
    String expired = HasuraTokens.of(account, "user", "ana", Duration.ofSeconds(-1), Map.of());
    Response refused = bearer(expired).post(LIST, "{\"title\":\"Late\"}").expect(401);
    assertThat(refused.text("code")).isEqualTo("unauthenticated");
    assertThat(bearer(expired + "x").get(LIST).expect(401).text("code"))
        .isEqualTo("unauthenticated");
  }

  @Test
  void graphqlErrorsHaveTheGraphqlFormat() {
    Response refused = with(Map.of()).graphql("{ incidents { totalCount } }", "{}").expect(401);
    assertThat(refused.text("errors/0/extensions/code")).isEqualTo("unauthenticated");
    assertThat(refused.body().has("data")).isFalse();
  }

  @Test
  void pathTraversalAndEncodedPathsDoNotReachOtherRoutes() {
    String token = HasuraTokens.of(account, "viewer", "ana");
    for (String path :
        List.of(
            "/metrics",
            "/%6detrics",
            "/metrics;a=b",
            "/auth/verify",
            "/api/v1/../../metrics",
            "/api/v1/%2e%2e/%2e%2e/metrics",
            "/api/v1/..%2f..%2fmetrics",
            "//metrics",
            "/api%2f..%2fmetrics",
            "/_auth",
            "/_socket",
            "/_browser_socket",
            "/_auth/..//auth/verify",
            "/apis/v1/incidents",
            "/health/x",
            "/")) {
      for (Api api : List.of(bearer(token), with(Map.of()))) {
        Response answer = api.get(path).expect(404);
        assertThat(answer.text("code")).as(path).isEqualTo("not_found");
      }
    }
    for (String path :
        List.of("//api/v1//incidents", "/api%2fv1%2fincidents", "/x/../api/v1/incidents")) {
      with(Map.of()).get(path).expect(401);
      bearer(token).get(path).expect(200);
    }
    for (String path : List.of("/../nself-incident-mgmt/api/v1/incidents", "/./api/v1/incidents")) {
      with(Map.of()).get(path).expect(401);
      bearer(token).get(path).expect(200);
    }
  }

  @Test
  void pathsOutsideOfThePrefixAreNotServed() {
    String server = "http://127.0.0.1:" + nginx.port();
    for (String path :
        List.of(
            "/nself-incident-mgmt/../api/v1/incidents",
            "/nself-incident-mgmtx/health",
            "/health")) {
      new Api(server, Map.of()).get(path).expect(404);
    }
  }

  @Test
  void malformedRequestLinesAreRejected() throws IOException {
    for (String line :
        List.of(
            "GET /nself-incident-mgmt/../../metrics HTTP/1.1",
            "GET /nself-incident-mgmt/api/v1/incidents%00 HTTP/1.1",
            "GET /nself-incident-mgmt\\..\\metrics HTTP/1.1",
            "GET http://other/nself-incident-mgmt/metrics HTTP/1.1",
            "GET /nself-incident-mgmt/api/v1/incidents%0d%0aX-Hasura-Role:%20admin HTTP/1.1")) {
      assertThat(raw(line)).as(line).matches("(?s)HTTP/1\\.1 (400|401|404) .*");
    }
  }

  private String raw(String line) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), nginx.port())) {
      socket
          .getOutputStream()
          .write(
              (line + "\r\nHost: a\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void queriesAndPercentEncodingArriveUnchanged() {
    String title = "50% & more? #1 / ünï";
    Response opened =
        as("user").post(LIST, "{\"title\":\"" + title + "\",\"labels\":{\"a/b\":\"c d\"}}");
    String id = opened.expect(201).text("id");
    for (String query :
        List.of(
            "?q=50%25%20%26%20more%3F%20%231%20%2F%20%C3%BCn%C3%AF",
            "?label.a%2Fb=c+d&q=50%25&status=open,resolved&limit=5", "?q=more?&label.a/b=c%20d")) {
      assertThat(as("viewer").get(LIST + query).expect(200).text()).contains(id);
    }
    assertThat(as("viewer").get(LIST + "?q=nothing%20like%20it").expect(200).text())
        .doesNotContain(id);
    Response wrong = as("viewer").get(LIST + "?a%26b=%0d%0a").expect(400);
    assertThat(wrong.text("errors/0/field")).isEqualTo("a&b");
    as("viewer").get(LIST + "/%3fq=1").expect(404);
  }

  @Test
  void requiredHeadersArePassedOn() {
    String id = as("user").post(LIST, "{\"title\":\"Tagged\"}").expect(201).text("id");
    Response shown = as("viewer").header("X-Request-ID", "mine-1").get(LIST + "/" + id).expect(200);
    assertThat(shown.header("X-Request-ID")).isEqualTo("mine-1");
    String tag = String.valueOf(shown.header("ETag"));
    as("viewer").header("If-None-Match", tag).get(LIST + "/" + id).expect(304);
    as("user").header("If-Match", "\"9\"").patch(LIST + "/" + id, "{\"owner\":\"x\"}").expect(412);
    Api once = as("user").header("Idempotency-Key", "once");
    assertThat(once.post(LIST, "{\"title\":\"Once\"}").expect(201).text("id"))
        .isEqualTo(once.post(LIST, "{\"title\":\"Once\"}").expect(201).text("id"));
  }

  @Test
  void headersUpToTheLimitOfNginxPassAndLargerOnesAreRejected() {
    String large =
        HasuraTokens.of(
            account, "viewer", "ana", Duration.ofMinutes(1), Map.of("padding", "x".repeat(5_000)));
    assertThat(large.length()).isBetween(6_500, 8_000);
    bearer(large).get(LIST).expect(200);
    String tooLarge =
        HasuraTokens.of(
            account, "viewer", "ana", Duration.ofMinutes(1), Map.of("padding", "x".repeat(20_000)));
    bearer(tooLarge).get(LIST).expect(400);
  }

  @Test
  void tooLargeBodiesAreRejectedWithJson() {
    for (int megabytes : List.of(1, 3)) {
      String body = "{\"title\":\"" + "x".repeat(megabytes * 1024 * 1024) + "\"}";
      assertThat(as("user").post(LIST, body).expect(413).text("code")).isEqualTo("too_large");
    }
  }

  /** As where an operator lets some addresses in without auth_request. */
  @Test
  void aRequestThatNginxHasNotVerifiedIsRefused(@TempDir Path directory) {
    try (Nginx open =
        Nginx.start(
            directory, "127.0.0.1:" + service.port(), Service.TOKEN, "satisfy any; allow all;")) {
      Api anybody = new Api(open.url(), Map.of());
      anybody.get(LIST).expect(403);
      anybody.post(LIST, "{\"title\":\"Anybody's\"}").expect(403);
      anybody.graphql("{ incidents { totalCount } }", "{}").expect(403);
    }
  }

  @Test
  void aCookieWritesOnlyFromAPageOfTheSameOrigin(@TempDir Path directory) {
    String configuration =
        HasuraTokens.configuration()
            .replace("}", ",\"header\":{\"type\":\"Cookie\",\"name\":\"token\"}}");
    try (Service cookies =
            Service.start(
                postgres.createDatabase(), Map.of("HASURA_GRAPHQL_JWT_SECRET", configuration));
        Nginx proxy = Nginx.start(directory, "127.0.0.1:" + cookies.port(), Service.TOKEN)) {
      Api user =
          new Api(
              proxy.url(), Map.of("Cookie", "token=" + HasuraTokens.of(account, "user", "ana")));
      String own = "http://127.0.0.1:" + proxy.port();
      for (Api page :
          List.of(
              user,
              user.header("Origin", "https://evil.example"),
              user.header("Origin", own).header("Sec-Fetch-Site", "cross-site"),
              user.header("Origin", cookies.url()))) {
        page.get(LIST).expect(200);
        for (String path : List.of(LIST, "/incidents")) {
          Response refused = page.post(path, "{\"title\":\"Forged\"}").expect(403);
          assertThat(refused.text("detail")).contains("a page of this origin");
        }
        page.graphql("mutation { openIncident(input: {title: \"Forged\"}) { id } }", "{}")
            .expect(403);
      }
      for (Api page :
          List.of(user.header("Origin", own), user.header("Sec-Fetch-Site", "same-origin"))) {
        Response opened = page.post(LIST, "{\"title\":\"Own\"}").expect(201);
        assertThat(opened.text("opened_by")).isEqualTo("ana");
        page.data("mutation { openIncident(input: {title: \"Own\"}) { id } }");
      }
      assertThat(user.get(LIST).text()).doesNotContain("Forged");
    }
  }

  @Test
  void aPageOfAnotherOriginQueriesByGetAndUsesTheApiOnlyIfItsOriginIsAllowed(
      @TempDir Path directory) {
    String allowed = "https://app.example";
    Map<String, String> settings =
        Map.of(
            "CORS_ALLOWED_ORIGINS",
            allowed,
            "HASURA_GRAPHQL_JWT_SECRET",
            HasuraTokens.configuration()
                .replace("}", ",\"header\":{\"type\":\"Cookie\",\"name\":\"token\"}}"));
    String query = "/graphql?query=%7Bincidents%7BtotalCount%7D%7D";
    try (Service cookies = Service.start(postgres.createDatabase(), settings);
        Nginx proxy = Nginx.start(directory, "127.0.0.1:" + cookies.port(), Service.TOKEN)) {
      Api user =
          new Api(
              proxy.url(), Map.of("Cookie", "token=" + HasuraTokens.of(account, "user", "ana")));
      Api json = user.header("Accept", "application/json");
      for (Api refused :
          List.of(
              user.header("Accept", "*/*"),
              json.header("Sec-Fetch-Site", "cross-site"),
              json.header("Sec-Fetch-Site", "none"),
              json.header("Origin", "https://evil.example"),
              json.header("Origin", "https://evil.example")
                  .header("Apollo-Require-Preflight", "1"))) {
        for (String path : List.of(query, query.replace("graphql", "%67raphql"))) {
          Response response = refused.get(path).expect(403);
          assertThat(response.header("Access-Control-Allow-Origin")).isNull();
        }
        refused.get(LIST).expect(200);
      }
      for (Api page :
          List.of(
              json,
              user.header("Accept", "*/*").header("Apollo-Require-Preflight", "1"),
              json.header("Sec-Fetch-Site", "same-origin"),
              json.header("Origin", "http://127.0.0.1:" + proxy.port()),
              json.header("Origin", allowed).header("Sec-Fetch-Site", "cross-site"))) {
        assertThat(page.get(query).expect(200).at("data/incidents/totalCount").isInt()).isTrue();
      }

      for (String path : List.of("/graphql", LIST, LIST + "/1/timeline", "/health")) {
        Response preflight =
            new Api(
                    proxy.url(),
                    Map.of(
                        "Origin",
                        allowed,
                        "Access-Control-Request-Method",
                        "POST",
                        "Access-Control-Request-Headers",
                        "content-type"))
                .send("OPTIONS", path, null, null)
                .expect(200);
        assertThat(preflight.header("Access-Control-Allow-Origin")).isEqualTo(allowed);
        assertThat(preflight.header("Access-Control-Allow-Credentials")).isEqualTo("true");
        assertThat(preflight.header("Access-Control-Allow-Methods")).contains("POST");
      }
      Api page = user.header("Origin", allowed).header("Sec-Fetch-Site", "cross-site");
      Response opened = page.post(LIST, "{\"title\":\"Of the app\"}").expect(201);
      Response failed = page.post(LIST, "{}").expect(422);
      Response unknown = new Api(proxy.url(), Map.of("Origin", allowed)).get(LIST).expect(401);
      for (Response response : List.of(opened, failed, unknown)) {
        assertThat(response.header("Access-Control-Allow-Origin")).isEqualTo(allowed);
      }
    }
  }

  @Test
  void wrongTokensGet401AndThen429(@TempDir Path directory) {
    try (Service slow =
            Service.start(
                postgres.createDatabase(),
                Map.of("MAX_WRONG_TOKENS", "4", "TRUSTED_PROXIES", "127.0.0.1"));
        Nginx proxy = Nginx.start(directory, "127.0.0.1:" + slow.port(), Service.TOKEN)) {
      Api guess = new Api(proxy.url(), Map.of("Authorization", "Bearer guess"));
      Response answer = guess.get(LIST).expect(401);
      for (int i = 0; i < 4; i++) {
        answer = guess.get(LIST);
      }
      assertThat(answer.expect(429).text("code")).isEqualTo("rate_limited");
      assertThat(answer.header("Retry-After")).isNotNull();
    }
  }

  @Test
  void aBrowserGetsTheConsoleUnderThePrefix() {
    Api browser = with(Map.of("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"));
    for (String path : List.of("/", "/incidents", "/incidents/7", "/runbooks", "/insights")) {
      Response page = browser.get(path).expect(200);
      assertThat(page.header("Content-Type")).startsWith("text/html");
      assertThat(page.header("Content-Security-Policy")).startsWith("default-src 'none'");
      Matcher script =
          Pattern.compile("src=\"((?:\\.\\./)*console/[0-9a-f]+/app\\.js)\"").matcher(page.text());
      assertThat(script.find()).as(page.text()).isTrue();
      URI file = URI.create(nginx.url() + path).resolve(script.group(1));
      assertThat(file.toString()).startsWith(nginx.url() + "/console/");
      Response fetched =
          with(Map.of()).get(file.toString().substring(nginx.url().length())).expect(200);
      assertThat(fetched.header("Cache-Control")).contains("immutable");
    }
    assertThat(with(Map.of()).get("/console/config").expect(200).at("try_out").asBoolean())
        .isFalse();
    with(Map.of()).get("/runbooks").expect(404);
    with(Map.of("Sec-Fetch-Site", "same-origin"))
        .post("/console/try-out/session", "{}")
        .expect(404);
  }

  /** The file decides by the name of the type only; the service by its quality too. */
  @Test
  void aProgramThatAlsoTakesHtmlIsServedByItsOwnCredentials() {
    for (String accept : List.of("application/json, text/html;q=0.1", "text/html, */*")) {
      Response opened =
          as("user").header("Accept", accept).post("/incidents", "{\"title\":\"Of a form\"}");
      assertThat(opened.expect(201).header("Location"))
          .isEqualTo("/nself-incident-mgmt/incidents/" + opened.text("id"));
      assertThat(as("viewer").header("Accept", accept).get(LIST).expect(200).text())
          .contains("Of a form");
      with(Map.of("Accept", accept)).get(LIST).expect(401);
      with(Map.of(
              "Accept", accept,
              "X-Hasura-Role", "admin",
              "X-Hasura-Source-Account-Id", account))
          .get(LIST)
          .expect(401);
      with(Map.of("Accept", accept, "X-Internal-Token", Service.INTERNAL_TOKEN))
          .get(LIST)
          .expect(401);
    }
    assertThat(
            as("viewer")
                .header("Accept", "application/json, text/html;q=0.1")
                .get("/incidents")
                .expect(200)
                .text())
        .contains("Of a form");
  }

  @Test
  void healthAndTheOpenApiDocumentNeedNoCredentials() {
    for (String path : List.of("/health", "/ready", "/openapi.json")) {
      with(Map.of()).get(path).expect(200);
    }
  }

  @Test
  void theErrorIsJsonWhileTheServiceIsDown(@TempDir Path directory) {
    AtomicInteger nobody = new AtomicInteger();
    try (Service gone = Service.start(postgres.createDatabase(), Map.of())) {
      nobody.set(gone.port());
    }
    try (Nginx lonely = Nginx.start(directory, "127.0.0.1:" + nobody, Service.TOKEN)) {
      Response answer = new Api(lonely.url(), Map.of()).get(LIST).expect(503);
      assertThat(answer.text("code")).isEqualTo("unavailable");
      assertThat(answer.header("Retry-After")).isEqualTo("5");
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
      new Api(lonely.url(), Map.of()).get("/health").expect(503);
    }
  }
}
