package org.nself.incidents.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.security.jwt.SigningKey;
import org.nself.incidents.testing.MovableClock;
import org.nself.incidents.web.error.ApiException;

class AuthenticatorTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final SigningKey KEY =
      SigningKey.secret("HS256", "a-secret-of-at-least-thirty-two-bytes");
  private static final String CONFIG = "{\"type\":\"HS256\",\"key\":\"" + KEY.secret() + "\"}";
  private static final String USER =
      """
      "x-hasura-allowed-roles":["user","viewer"],"x-hasura-default-role":"user",\
      "x-hasura-user-id":"ann","x-hasura-source-account-id":"acme\"\
      """;

  private final AuthenticatorHarness door = door(Map.of());

  private static AuthenticatorHarness door(Map<String, String> environment) {
    return AuthenticatorHarness.with(CONFIG, new MovableClock(NOW), environment);
  }

  private static String token(String session) {
    return token(session, "");
  }

  private static String token(String session, String registered) {
    return KEY.token("{\"https://hasura.io/jwt/claims\":{" + session + "}" + registered + "}");
  }

  // Callers that have a shared secret.

  @Test
  void aTrustedCallerSaysForWhomItSpeaks() {
    Map<String, String> identity =
        Map.of(
            "X-Hasura-Source-Account-Id", "acme",
            "X-Hasura-Role", "Viewer",
            "X-Hasura-User-Id", "ann");
    Caller expected = new Caller("acme", Role.VIEWER, "ann");
    assertThat(
            door.authenticate(
                with(identity, "Authorization", "Bearer " + AuthenticatorHarness.PLUGIN_SECRET)))
        .isEqualTo(expected);
    assertThat(
            door.authenticate(
                with(identity, "authorization", "bearer " + AuthenticatorHarness.PLUGIN_SECRET)))
        .isEqualTo(expected);
    assertThat(
            door.authenticate(
                with(identity, "X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET)))
        .isEqualTo(expected);
  }

  @Test
  void aTrustedCallerThatSaysNothingIsTheAdminOfThePrimaryAccount() {
    assertThat(door.bearer(AuthenticatorHarness.PLUGIN_SECRET))
        .isEqualTo(new Caller("primary", Role.ADMIN, "service"));
  }

  @Test
  void theShorterNameOfTheAccountHeaderCountsWhereTheOtherIsAbsent() {
    Map<String, String> headers = Map.of("X-Source-Account-ID", "acme");
    headers = with(headers, "X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET);
    assertThat(door.authenticate(headers).account()).isEqualTo("acme");
    headers = with(headers, "X-Hasura-Source-Account-Id", "other");
    assertThat(door.authenticate(headers).account()).isEqualTo("other");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\u0007"})
  void anAccountThatAGatewayFailedToFillIsRefused(String account) {
    Map<String, String> headers =
        Map.of(
            "X-Internal-Token",
            AuthenticatorHarness.INTERNAL_SECRET,
            "X-Hasura-Source-Account-Id",
            account);
    refuses(door, headers, "forbidden", "account id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"anonymous", "", "administrator"})
  void aRoleThatIsNotKnownIsRefused(String role) {
    Map<String, String> headers =
        Map.of("X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET, "X-Hasura-Role", role);
    refuses(door, headers, "forbidden", "role");
  }

  @Test
  void aWrongSecretIsRefusedWhateverElseIsGood() {
    String good = "Bearer " + token(USER);
    refuses(
        door,
        Map.of(
            "X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET + "x", "Authorization", good),
        "unauthenticated",
        "X-Internal-Token is wrong");
    for (String secret : new String[] {"", "plugin-secre", "plugin-secret2", "PLUGIN-SECRET"}) {
      refuses(door, Map.of("Authorization", "Bearer " + secret), "unauthenticated", "token");
    }
    refuses(
        door,
        Map.of("X-Internal-Token", AuthenticatorHarness.PLUGIN_SECRET),
        "unauthenticated",
        "wrong");
  }

  @Test
  void withoutAJwtConfigurationNoJwtIsAccepted() {
    AuthenticatorHarness closed = AuthenticatorHarness.with(null, new MovableClock(NOW), Map.of());
    refuses(
        closed,
        Map.of("Authorization", "Bearer " + token(USER)),
        "unauthenticated",
        "The bearer token is wrong");
  }

  // Users, who have a JWT.

  @Test
  void aUserIsWhoTheClaimsSayAndNothingElse() {
    Map<String, String> headers =
        Map.of(
            "Authorization", "Bearer " + token(USER),
            "X-Hasura-Source-Account-Id", "other",
            "X-Source-Account-Id", "other",
            "X-Hasura-User-Id", "mallory");
    assertThat(door.authenticate(headers)).isEqualTo(new Caller("acme", Role.USER, "ann"));
  }

  @Test
  void aUserTakesAnAllowedRoleOrTheDefaultRole() {
    Map<String, String> user = Map.of("Authorization", "Bearer " + token(USER));
    assertThat(door.authenticate(with(user, "X-Hasura-Role", "viewer")).role())
        .isEqualTo(Role.VIEWER);
    assertThat(door.authenticate(with(user, "X-Hasura-Role", "")).role()).isEqualTo(Role.USER);
    refuses(door, with(user, "X-Hasura-Role", "admin"), "forbidden", "token allows");
    refuses(door, with(user, "X-Hasura-Role", "Viewer"), "forbidden", "token allows");
  }

  @Test
  void anAllowedRoleThatMeansNothingHereIsForbidden() {
    String session = USER.replace("\"viewer\"", "\"editor\"");
    refuses(
        door,
        Map.of("Authorization", "Bearer " + token(session), "X-Hasura-Role", "editor"),
        "forbidden",
        "Unknown role; expected one of viewer, user, responder, admin");
  }

  @Test
  void aTokenWithoutAnAccountIsForbiddenUnlessThereIsADefaultOne() {
    String session = USER.replace("x-hasura-source-account-id", "x-hasura-other");
    Map<String, String> headers = Map.of("Authorization", "Bearer " + token(session));
    refuses(door, headers, "forbidden", "lacks the claim x-hasura-source-account-id");
    assertThat(
            door(Map.of("DEFAULT_SOURCE_ACCOUNT_ID", "fallback")).authenticate(headers).account())
        .isEqualTo("fallback");
  }

  /** An issuer that failed to fill it must not let its users into the default account. */
  @Test
  void anEmptyAccountIsForbiddenEvenWhereThereIsADefaultOne() {
    String session = USER.replace("\"acme\"", "\"\"");
    refuses(
        door(Map.of("DEFAULT_SOURCE_ACCOUNT_ID", "fallback")),
        Map.of("Authorization", "Bearer " + token(session)),
        "forbidden",
        "account id");
  }

  @Test
  void theClaimOfTheAccountCanBeNamed() {
    AuthenticatorHarness named = door(Map.of("ACCOUNT_CLAIM", "X-Hasura-Tenant-Id"));
    String session = USER + ",\"X-HASURA-Tenant-Id\":\"tenant\"";
    assertThat(named.bearer(token(session)).account()).isEqualTo("tenant");
    refuses(
        named,
        Map.of("Authorization", "Bearer " + token(USER)),
        "forbidden",
        "lacks the claim x-hasura-tenant-id");
  }

  @Test
  void theActorIsTheUserElseTheSubjectElseTheRole() {
    String nobody = USER.replace("x-hasura-user-id", "x-hasura-other");
    assertThat(door.bearer(token(USER, ",\"sub\":\"s\"")).actor()).isEqualTo("ann");
    assertThat(door.bearer(token(nobody, ",\"sub\":\"s\"")).actor()).isEqualTo("s");
    assertThat(door.bearer(token(nobody)).actor()).isEqualTo("user");
  }

  @Test
  void aCallerKnowsWhenItsTokenEnds() {
    long end = NOW.getEpochSecond() + 120;
    assertThat(door.bearer(token(USER, ",\"exp\":" + end)).validUntil())
        .isEqualTo(NOW.plusSeconds(120));
    assertThat(door.bearer(token(USER)).validUntil()).isNull();
    assertThat(door.bearer(AuthenticatorHarness.PLUGIN_SECRET).validUntil()).isNull();
  }

  @Test
  void aJwtMayComeInACookieBesideAnotherAuthorization() {
    String config = CONFIG.replace("}", ",\"header\":{\"type\":\"Cookie\",\"name\":\"jwt\"}}");
    AuthenticatorHarness cookies = AuthenticatorHarness.with(config, new MovableClock(NOW));
    Map<String, String> headers = Map.of("Cookie", "a=b; jwt=" + token(USER));
    assertThat(cookies.authenticate(headers).account()).isEqualTo("acme");
    assertThat(cookies.authenticate(with(headers, "Authorization", "Basic x")).account())
        .isEqualTo("acme");
    assertThat(
            cookies
                .authenticate(
                    with(headers, "Authorization", "Bearer " + AuthenticatorHarness.PLUGIN_SECRET))
                .account())
        .isEqualTo("primary");
    refuses(
        cookies,
        Map.of("Authorization", "Bearer " + token(USER)),
        "unauthenticated",
        "The bearer token is wrong");
  }

  private static Map<String, String> with(Map<String, String> headers, String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return more;
  }

  private static void refuses(
      AuthenticatorHarness door, Map<String, String> headers, String code, String reason) {
    ApiException problem =
        catchThrowableOfType(ApiException.class, () -> door.authenticate(headers));
    assertThat(problem).as("refusal of %s", headers).isNotNull();
    assertThat(problem.code().value()).as(problem.detail()).isEqualTo(code);
    assertThat(problem.detail()).contains(reason);
  }
}
