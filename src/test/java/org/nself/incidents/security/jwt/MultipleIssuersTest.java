package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.settings.ConfigurationException;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** HASURA_GRAPHQL_JWT_SECRETS, for several issuers, and ROLE_MAP, for the roles that they use. */
@ExtendWith(RunningService.class)
class MultipleIssuersTest {

  private static final SigningKey FIRST =
      SigningKey.secret("HS256", "the-first-secret-of-at-least-thirty-two-bytes");
  private static final SigningKey SECOND =
      SigningKey.secret("HS256", "the-second-secret-of-at-least-thirty-two-bytes");
  private static final SigningKey THIRD =
      SigningKey.secret("HS256", "the-third-secret-of-at-least-thirty-two-bytes");

  private final TestPostgres postgres;

  MultipleIssuersTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  private Service start(Map<String, String> environment) {
    return Service.start(postgres.createDatabase(), environment);
  }

  private static String config(SigningKey key, String issuer) {
    return "{\"type\":\"HS256\",\"key\":\"%s\",\"issuer\":\"%s\"}".formatted(key.secret(), issuer);
  }

  private static String claims(String issuer, String role) {
    return """
    {"iss":"%s","exp":%d,"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["%s"],
    "x-hasura-default-role":"%s","x-hasura-user-id":"ann","x-hasura-source-account-id":"acme"}}\
    """
        .formatted(issuer, Instant.now().getEpochSecond() + 600, role, role);
  }

  private static Api with(Service service, String token) {
    return service.with(Map.of("Authorization", "Bearer " + token));
  }

  private static Response verify(Service service, String token) {
    return with(service, token).get("/auth/verify");
  }

  @Test
  void aTokenIsAcceptedByTheIssuerThatSignedItAndByNoOther() {
    try (Service service =
        start(
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET",
                config(FIRST, "https://one"),
                "HASURA_GRAPHQL_JWT_SECRETS",
                "[" + config(SECOND, "https://two") + "]"))) {
      verify(service, FIRST.token(claims("https://one", "user"))).expect(204);
      Response second = verify(service, SECOND.token(claims("https://two", "viewer"))).expect(204);
      assertThat(second.header("X-Hasura-Role")).isEqualTo("viewer");
      assertThat(verify(service, SECOND.token(claims("https://one", "user"))).expect(401).text())
          .as("signed by the second issuer in the name of the first")
          .contains("iss");
      assertThat(verify(service, THIRD.token(claims("https://one", "user"))).expect(401).text())
          .contains("not by a trusted key");
    }
  }

  /** Neither while it hangs nor while it answers with errors. */
  @Test
  void anIssuerThatDoesNotRespondAffectsOnlyItsOwnTokens() {
    SigningKey first = SigningKey.pair("ES256").named("first");
    SigningKey second = SigningKey.pair("ES256").named("second");
    try (JwksServer down = new JwksServer();
        JwksServer up = new JwksServer()) {
      down.hold();
      up.publish("max-age=600", second);
      try (Service service =
          start(
              Map.of(
                  "HASURA_GRAPHQL_JWT_SECRETS",
                  "[{\"jwk_url\":\"%s\"},{\"jwk_url\":\"%s\"}]".formatted(down.url(), up.url()),
                  "MAX_WRONG_TOKENS",
                  "1"))) {
        String ofSecond = second.token(claims("https://two", "user"));
        Eventually.until(
            Duration.ofSeconds(20),
            "the keys of the second issuer",
            () -> verify(service, ofSecond).status() == 204);
        long start = System.nanoTime();
        for (int i = 0; i < 5; i++) {
          verify(service, ofSecond).expect(204);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .as("five requests while the first issuer does not respond")
            .isLessThan(Duration.ofSeconds(2));
        down.respond(503, "", Map.of());
        down.release();
        String ofFirst = first.token(claims("https://one", "user"));
        for (int i = 0; i < 3; i++) {
          assertThat(verify(service, ofFirst).expect(503).text("code"))
              .as("a token of an issuer whose keys are unknown is not a wrong one")
              .isEqualTo("unavailable");
        }
        verify(service, ofSecond).expect(204);
        down.publish("max-age=600", first);
        Eventually.until(
            Duration.ofSeconds(20),
            "the keys of the first issuer",
            () -> verify(service, ofFirst).status() == 204);
      }
    }
  }

  @Test
  void anInvalidListStopsTheStartAndNamesTheElement() {
    assertThatThrownBy(
            () ->
                HasuraJwtConfig.of(
                    null, "[" + config(FIRST, "https://one") + ",{\"type\":\"HS256\"}]"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("HASURA_GRAPHQL_JWT_SECRETS")
        .hasMessageContaining("[1]");
    assertThatThrownBy(() -> HasuraJwtConfig.of(null, config(FIRST, "https://one")))
        .hasMessageContaining("not a JSON array");
  }

  @Test
  void aRoleOfAGatewayIsMappedInTokensAndInHeaders() {
    try (Service service =
        start(
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRETS",
                "[" + config(FIRST, "https://one") + "]",
                "ROLE_MAP",
                "seller:user,Support:responder,auditor:viewer"))) {
      Response seller = verify(service, FIRST.token(claims("https://one", "seller"))).expect(204);
      assertThat(seller.header("X-Hasura-Role")).isEqualTo("user");
      String incident =
          with(service, FIRST.token(claims("https://one", "seller"))).open("Opened by a seller");
      Api auditor = service.as("acme", "auditor");
      auditor.get("/api/v1/incidents/" + incident).expect(200);
      assertThat(auditor.post("/api/v1/incidents", "{\"title\":\"No\"}").expect(403).text())
          .contains("viewer");
      assertThat(service.as("acme", "SUPPORT").get("/api/v1/me").expect(200).text("role"))
          .isEqualTo("responder");
      service.as("acme", "admin").get("/api/v1/me").expect(200);
      assertThat(service.as("acme", "buyer").get("/api/v1/incidents").expect(403).text())
          .contains("ROLE_MAP");
    }
  }
}
