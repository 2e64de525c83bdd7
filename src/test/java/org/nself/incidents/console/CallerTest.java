package org.nself.incidents.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** Who the service takes the caller for. */
@ExtendWith(RunningService.class)
class CallerTest {

  private static final String QUERY =
      "{ me { account role actor permissions expiresAt version tryOut } }";

  private final Service service;

  CallerTest(Service service) {
    this.service = service;
  }

  @Test
  void eachRoleIsToldItsPermissions() {
    Map<String, List<String>> permissions =
        Map.of(
            "viewer", List.of("read"),
            "user", List.of("read", "write"),
            "responder", List.of("read", "write"),
            "admin", List.of("read", "write", "administer"),
            "service", List.of("read", "write", "administer"));
    permissions.forEach(
        (role, expected) -> {
          String account = Service.newAccount();
          Api api = service.as(account, role);
          Response rest = api.get("/api/v1/me").expect(200);
          assertThat(rest.text("account")).isEqualTo(account);
          assertThat(rest.text("role")).isEqualTo(role);
          assertThat(rest.text("actor")).isEqualTo(role + "@" + account);
          assertThat(rest.at("permissions").valueStream().map(JsonNode::asString))
              .containsExactlyElementsOf(expected);
          assertThat(rest.at("expires_at").isNull()).isTrue();
          assertThat(rest.at("try_out").asBoolean()).isFalse();
          JsonNode me = api.data(QUERY).get("me");
          assertThat(me.get("account").asString()).isEqualTo(account);
          assertThat(me.get("role").asString()).isEqualToIgnoringCase(role);
          assertThat(me.get("permissions")).hasSize(expected.size());
          assertThat(me.get("version").asString()).isEqualTo(rest.text("version"));
        });
  }

  @Test
  void aUserOfAJwtIsToldWhenItExpires(TestPostgres postgres) {
    try (Service users =
        Service.start(
            postgres.createDatabase(),
            Map.of("HASURA_GRAPHQL_JWT_SECRET", HasuraTokens.configuration()))) {
      String token = HasuraTokens.of("cinema", "responder", "Åse", Duration.ofMinutes(5), Map.of());
      Api api = users.with(Map.of("Authorization", "Bearer " + token));
      Response rest = api.get("/api/v1/me").expect(200);
      assertThat(rest.text("actor")).isEqualTo("Åse");
      assertThat(rest.text("account")).isEqualTo("cinema");
      assertThat(Instant.parse(rest.text("expires_at")))
          .isBetween(Instant.now().plusSeconds(240), Instant.now().plusSeconds(301));
      assertThat(api.data(QUERY).at("/me/expiresAt").asString()).isEqualTo(rest.text("expires_at"));
    }
  }

  @Test
  void parametersAreRefused() {
    assertThat(service.admin().get("/api/v1/me?account=other").expect(400).text("errors/0/field"))
        .isEqualTo("account");
  }
}
