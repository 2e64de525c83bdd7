package org.nself.incidents.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** The try-out signs in its own page on this machine, and nobody else. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TryOutTest {

  private static final String SESSION = "/console/try-out/session";

  private final Service production;
  private final Service service;

  TryOutTest(Service production, TestPostgres postgres) {
    this.production = production;
    this.service = Service.startTryOut(postgres.createDatabase());
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private Api page(Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(Map.of("Sec-Fetch-Site", "same-origin"));
    all.putAll(headers);
    return service.with(all);
  }

  private static Api signedIn(Service service, Response session) {
    return service.with(Map.of("Authorization", "Bearer " + session.text("token")));
  }

  @Test
  void itsPageIsSignedInAsAnAdmin() {
    Response session = page(Map.of()).post(SESSION, "{}").expect(200);
    assertThat(session.header("Cache-Control")).isEqualTo("no-store");
    Response me = signedIn(service, session).get("/api/v1/me").expect(200);
    assertThat(me.text("role")).isEqualTo("admin");
    assertThat(me.text("actor")).isEqualTo(session.text("actor"));
    assertThat(me.text("account")).isEqualTo("primary");
    assertThat(me.text("expires_at")).isEqualTo(session.text("expires_at"));
    assertThat(me.at("try_out").asBoolean()).isTrue();
  }

  @Test
  void itActsAsAnotherPersonAndRole() {
    Response session =
        page(Map.of()).post(SESSION, "{\"actor\":\"Jörg\",\"role\":\"viewer\"}").expect(200);
    Api viewer = signedIn(service, session);
    assertThat(viewer.get("/api/v1/me").expect(200).text("actor")).isEqualTo("Jörg");
    viewer.post("/api/v1/incidents", "{\"title\":\"A viewer's\"}").expect(403);
  }

  @Test
  void wrongInputIsNamed() {
    for (Map.Entry<String, String> body :
        Map.of(
                "{\"role\":\"root\"}", "role",
                "{\"actor\":7}", "actor",
                "{\"account\":\"other\"}", "account")
            .entrySet()) {
      Response refused = page(Map.of()).post(SESSION, body.getKey()).expect(422);
      assertThat(refused.text("errors/0/field")).isEqualTo(body.getValue());
    }
  }

  @Test
  void aPageOfAnotherOriginIsRefused() {
    for (Map<String, String> headers :
        List.of(
            Map.<String, String>of(),
            Map.of("Sec-Fetch-Site", "cross-site"),
            Map.of("Sec-Fetch-Site", "same-site"),
            Map.of("Sec-Fetch-Site", "none"),
            Map.of("Origin", "https://evil.example"),
            Map.of("Origin", "null"),
            Map.of("Origin", "http://localhost:1"))) {
      assertThat(service.with(headers).post(SESSION, "{}").expect(403).text())
          .doesNotContain("token");
    }
    service.with(Map.of("Origin", service.url())).post(SESSION, "{}").expect(200);
  }

  @Test
  void aFormIsRefused() {
    for (String type : List.of("text/plain", "application/x-www-form-urlencoded")) {
      page(Map.of())
          .send("POST", SESSION, "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8), type)
          .expect(415);
    }
    page(Map.of()).send("POST", SESSION, null, null).expect(415);
    page(Map.of()).get(SESSION).expect(401);
  }

  @Test
  void aProxyIsRefused() {
    for (String header :
        List.of("X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP", "Via")) {
      page(Map.of(header, "127.0.0.1")).post(SESSION, "{}").expect(403);
    }
  }

  @Test
  void aHostNameThatPointsToThisMachineIsRefused() {
    for (String host :
        List.of("evil.example", "127.0.0.1.evil.example", "localhost.evil.example")) {
      String response =
          RawRequest.send(
              service.port(),
              "POST " + SESSION + " HTTP/1.1",
              "Host: " + host + ":" + service.port(),
              "Origin: http://" + host + ":" + service.port(),
              "Sec-Fetch-Site: same-origin",
              "Content-Type: application/json",
              "Content-Length: 2",
              "Connection: close",
              "",
              "{}");
      assertThat(response).as(host).startsWith("HTTP/1.1 403 ").doesNotContain("token\":");
    }
  }

  @Test
  void noProductionConfigurationHasIt() {
    Map<String, String> own = Map.of("Sec-Fetch-Site", "same-origin", "Origin", production.url());
    production.with(own).post(SESSION, "{}").expect(401);
    for (String path : List.of(SESSION, "/console/try-out/demo")) {
      production.admin().post(path, "{}").expect(404);
    }
    assertThat(production.with(Map.of()).get("/console/config").at("try_out").asBoolean())
        .isFalse();
    Map<String, String> environment = new HashMap<>();
    environment.put("DATABASE_URL", "postgres://h/d");
    environment.put("PLUGIN_SECRET", Service.TOKEN);
    environment.put("HASURA_GRAPHQL_JWT_SECRET", HasuraTokens.configuration());
    for (String name : List.of("API_EXPLORER", "TRY_OUT", "CONSOLE_TRY_OUT")) {
      environment.put(name, "true");
    }
    assertThat(Settings.read(environment::get).console().isTryOut()).isFalse();
  }

  @Test
  void itsKeyIsNotLogged() {
    Settings settings =
        Settings.read(Map.of("DATABASE_URL", "postgres://h/d", "PLUGIN_SECRET", Service.TOKEN)::get)
            .withTryOut("the-key");
    assertThat(settings + " " + settings.console()).doesNotContain("the-key");
  }
}
