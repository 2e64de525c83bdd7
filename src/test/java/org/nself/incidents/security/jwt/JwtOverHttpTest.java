package org.nself.incidents.security.jwt;

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
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Requests with a JWT to a service that has Hasura's JWT configuration. */
@ExtendWith(RunningService.class)
@TestInstance(Lifecycle.PER_CLASS)
class JwtOverHttpTest {

  private static final SigningKey KEY =
      SigningKey.secret("HS256", "a-secret-of-at-least-thirty-two-bytes");

  private final TestPostgres postgres;
  private final Service service;

  JwtOverHttpTest(TestPostgres postgres) {
    this.postgres = postgres;
    this.service = start(Map.of("HASURA_GRAPHQL_JWT_SECRET", config("")));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private Service start(Map<String, String> environment) {
    return Service.start(postgres.createDatabase(), environment);
  }

  private static String config(String members) {
    return "{\"type\":\"HS256\",\"key\":\"%s\"%s}".formatted(KEY.secret(), members);
  }

  private static String token(String account) {
    long exp = Instant.now().getEpochSecond() + 600;
    return KEY.token(
        """
        {"exp":%d,"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user","viewer"],
        "x-hasura-default-role":"user","x-hasura-user-id":"ann",
        "x-hasura-tenant-id":"tenant","x-hasura-source-account-id":"%s"}}\
        """
            .formatted(exp, account));
  }

  private Api user(String account) {
    return service.with(Map.of("Authorization", "Bearer " + token(account)));
  }

  @Test
  void aUserReadsAndWritesOnlyTheAccountOfTheClaim() {
    String account = Service.newAccount();
    String other = Service.newAccount();
    String theirs = service.as(other, "admin").open("Theirs");
    Api user =
        user(account)
            .header("X-Hasura-Source-Account-Id", other)
            .header("X-Source-Account-Id", other)
            .header("X-Hasura-User-Id", "mallory");
    String mine = user.open("Mine");
    assertThat(user.get("/api/v1/incidents").expect(200).at("incidents")).hasSize(1);
    user.get("/api/v1/incidents/" + theirs).expect(404);
    Response seen = service.as(account, "viewer").get("/api/v1/incidents/" + mine).expect(200);
    assertThat(seen.text("opened_by")).isEqualTo("ann");
  }

  /** A token of two minutes, with the claim x-hasura-tenant-id and no key of any kind. */
  @Test
  void theGatewaysTokenOpensAnIncidentOfItsTenantOnce() {
    String tenant = Service.newAccount();
    Api gateway =
        service.with(
            Map.of(
                "Authorization",
                "Bearer "
                    + KEY.token(
                        """
                        {"exp":%d,"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user"],
                        "x-hasura-default-role":"user","x-hasura-user-id":"gateway",
                        "x-hasura-tenant-id":"%s"}}\
                        """
                            .formatted(Instant.now().getEpochSecond() + 120, tenant))));
    String body = "{\"title\":\"Checkout is down\"}";
    String id = gateway.post("/incidents/", body).expect(201).text("id");
    gateway.post("/incidents/", body).expect(201);
    Response list = service.as(tenant, "viewer").get("/api/v1/incidents").expect(200);
    assertThat(list.at("incidents")).hasSize(1);
    assertThat(list.text("incidents/0/id")).isEqualTo(id);
  }

  @Test
  void aUserHasTheRoleOfTheHeaderIfItIsAllowed() {
    Api user = user(Service.newAccount());
    user.open("As the default role");
    Response refused =
        user.header("X-Hasura-Role", "viewer")
            .post("/api/v1/incidents", "{\"title\":\"As a viewer\"}")
            .expect(403);
    assertThat(refused.text("code")).isEqualTo("forbidden");
    assertThat(refused.text("detail")).contains("viewer");
    refused = user.header("X-Hasura-Role", "admin").get("/api/v1/incidents").expect(403);
    assertThat(refused.text("detail")).contains("the token allows");
  }

  @Test
  void authVerifyAnswersWhoTheUserIs() {
    String account = Service.newAccount();
    Response verified = user(account).get("/auth/verify").expect(204);
    assertThat(verified.header("X-Hasura-Source-Account-Id")).isEqualTo(account);
    assertThat(verified.header("X-Hasura-User-Id")).isEqualTo("ann");
    assertThat(verified.header("X-Hasura-Role")).isEqualTo("user");
  }

  /** Without the header nginx would pass no account, which means the primary one. */
  @Test
  void authVerifyRefusesAnAccountThatAHeaderCannotCarry() {
    for (String account : List.of(" acme", "acme ")) {
      Response refused = user(account).get("/auth/verify").expect(403);
      assertThat(refused.text("detail")).contains("account id", "a header cannot carry");
    }
    user("\u0161cme").get("/api/v1/incidents").expect(200);
  }

  @Test
  void aBadTokenIs401InRestAndGraphQl() {
    String token = token("acme");
    Api forger = service.with(Map.of("Authorization", "Bearer " + token.substring(0, 20)));
    Response rest = forger.get("/api/v1/incidents").expect(401);
    assertThat(rest.header("Content-Type")).startsWith("application/problem+json");
    assertThat(rest.header("WWW-Authenticate")).startsWith("Bearer");
    assertThat(rest.text("code")).isEqualTo("unauthenticated");
    assertThat(rest.text("detail")).isEqualTo("The token is not a JWT");
    assertThat(rest.text("error")).isEqualTo("The token is not a JWT");
    Response graphql = forger.graphql("{ __typename }", "{}").expect(401);
    assertThat(graphql.text("errors/0/extensions/code")).isEqualTo("unauthenticated");
    assertThat(graphql.text("errors/0/message")).isEqualTo("The token is not a JWT");
  }

  @Test
  void anExpiredTokenIs401() {
    String expired = KEY.token("{\"exp\":" + (Instant.now().getEpochSecond() - 1) + "}");
    Response answer =
        service.with(Map.of("Authorization", "Bearer " + expired)).get("/auth/verify").expect(401);
    assertThat(answer.text("detail")).isEqualTo("The token has expired");
  }

  @Test
  void aJwtInACookieAndAnotherAccountClaimAreConfigurable() {
    String cookie = ",\"header\":{\"type\":\"Cookie\",\"name\":\"session\"}";
    Map<String, String> environment =
        Map.of("HASURA_GRAPHQL_JWT_SECRET", config(cookie), "ACCOUNT_CLAIM", "x-hasura-tenant-id");
    try (Service gateway = start(environment)) {
      Response verified =
          gateway
              .with(Map.of("Cookie", "theme=dark; session=" + token("acme")))
              .get("/auth/verify")
              .expect(204);
      assertThat(verified.header("X-Hasura-Source-Account-Id")).isEqualTo("tenant");
      gateway
          .with(Map.of("Authorization", "Bearer " + token("acme")))
          .get("/auth/verify")
          .expect(401);
    }
  }

  /** The issuer may start after the service; requests without a JWT work meanwhile. */
  @Test
  void anIssuerMayStartAfterTheService() {
    SigningKey published = SigningKey.pair("ES256").named("k");
    String claims =
        """
        {"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user"],
        "x-hasura-default-role":"user","x-hasura-source-account-id":"acme"}}\
        """;
    try (JwksServer issuer = new JwksServer()) {
      issuer.respond(503, "", Map.of());
      String config =
          "{\"jwk_url\":\"%s\",\"header\":{\"type\":\"CustomHeader\",\"name\":\"X-Token\"}}"
              .formatted(issuer.url());
      try (Service early = start(Map.of("HASURA_GRAPHQL_JWT_SECRET", config))) {
        Api user = early.with(Map.of("X-Token", published.token(claims)));
        Response unavailable = user.get("/auth/verify").expect(503);
        assertThat(unavailable.text("code")).isEqualTo("unavailable");
        assertThat(unavailable.header("Retry-After")).isEqualTo("1");
        early.admin().get("/api/v1/incidents").expect(200);
        issuer.publish("max-age=600", published);
        Eventually.until(
            Duration.ofSeconds(20),
            "the keys to be fetched",
            () -> user.get("/auth/verify").status() == 204);
      }
    }
  }
}
