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

  private final AuthenticatorHarness harness = harness(Map.of());

  private static AuthenticatorHarness harness(Map<String, String> environment) {
    return AuthenticatorHarness.with(CONFIG, new MovableClock(NOW), environment);
  }

  private static String token(String session) {
    return token(session, "");
  }

  private static String token(String session, String registered) {
    return KEY.token("{\"https://hasura.io/jwt/claims\":{" + session + "}" + registered + "}");
  }

  // Callers with a shared secret.

  @Test
  void aTrustedCallerNamesAccountRoleAndUser() {
    Map<String, String> identity =
        Map.of(
            "X-Hasura-Source-Account-Id", "acme",
            "X-Hasura-Role", "Viewer",
            "X-Hasura-User-Id", "ann");
    Caller expected = new Caller("acme", Role.VIEWER, "ann");
    assertThat(
            harness.authenticate(
                with(identity, "Authorization", "Bearer " + AuthenticatorHarness.PLUGIN_SECRET)))
        .isEqualTo(expected);
    assertThat(
            harness.authenticate(
                with(identity, "authorization", "bearer " + AuthenticatorHarness.PLUGIN_SECRET)))
        .isEqualTo(expected);
    assertThat(
            harness.authenticate(
                with(identity, "X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET)))
        .isEqualTo(expected);
  }

  @Test
  void aTrustedCallerWithoutHeadersIsTheAdminOfThePrimaryAccount() {
    assertThat(harness.bearer(AuthenticatorHarness.PLUGIN_SECRET))
        .isEqualTo(new Caller("primary", Role.ADMIN, "service"));
  }

  @Test
  void theShorterAccountHeaderIsReadIfTheOtherIsAbsent() {
    Map<String, String> headers = Map.of("X-Source-Account-ID", "acme");
    headers = with(headers, "X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET);
    assertThat(harness.authenticate(headers).account()).isEqualTo("acme");
    headers = with(headers, "X-Hasura-Source-Account-Id", "other");
    assertThat(harness.authenticate(headers).account()).isEqualTo("other");
  }

  @Test
  void theTenantOfNselfsGatewayIsTheAccount() {
    Map<String, String> headers =
        Map.of(
            "X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET,
            "X-Hasura-Tenant-Id", "tenant",
            "X-Source-Account-Id", "other",
            "X-Hasura-Role", "user");
    assertThat(harness.authenticate(headers).account()).isEqualTo("tenant");
    assertThat(harness.authenticate(with(headers, "X-Hasura-Source-Account-Id", "acme")).account())
        .isEqualTo("acme");
    assertRejected(harness, with(headers, "X-Hasura-Tenant-Id", ""), "forbidden", "account id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"admin", "service", "user", "none", ""})
  void aRoleWithoutAnAccountIsRefused(String role) {
    Map<String, String> headers =
        Map.of("X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET, "X-Hasura-Role", role);
    assertRejected(harness, headers, "forbidden", "A role needs an account");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "", " "})
  void aGatewaysRoleThatWasNotFilledIsRefused(String role) {
    Map<String, String> headers =
        Map.of(
            "X-Internal-Token",
            AuthenticatorHarness.INTERNAL_SECRET,
            "X-Hasura-Role",
            role,
            "X-Hasura-Source-Account-Id",
            "acme");
    assertRejected(harness, headers, "forbidden", "role");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\u0007"})
  void anEmptyOrInvalidAccountIsRejected(String account) {
    Map<String, String> headers =
        Map.of(
            "X-Internal-Token",
            AuthenticatorHarness.INTERNAL_SECRET,
            "X-Hasura-Source-Account-Id",
            account);
    assertRejected(harness, headers, "forbidden", "account id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"anonymous", "", "administrator"})
  void anUnknownRoleIsRejected(String role) {
    Map<String, String> headers =
        Map.of("X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET, "X-Hasura-Role", role);
    assertRejected(harness, headers, "forbidden", "role");
  }

  @Test
  void aWrongSecretIsRejectedDespiteOtherValidCredentials() {
    String good = "Bearer " + token(USER);
    assertRejected(
        harness,
        Map.of(
            "X-Internal-Token", AuthenticatorHarness.INTERNAL_SECRET + "x", "Authorization", good),
        "unauthenticated",
        "X-Internal-Token is wrong");
    for (String secret : new String[] {"", "plugin-secre", "plugin-secret2", "PLUGIN-SECRET"}) {
      assertRejected(
          harness, Map.of("Authorization", "Bearer " + secret), "unauthenticated", "token");
    }
    assertRejected(
        harness,
        Map.of("X-Internal-Token", AuthenticatorHarness.PLUGIN_SECRET),
        "unauthenticated",
        "wrong");
  }

  @Test
  void withoutAJwtConfigurationNoJwtIsAccepted() {
    AuthenticatorHarness closed = AuthenticatorHarness.with(null, new MovableClock(NOW), Map.of());
    assertRejected(
        closed,
        Map.of("Authorization", "Bearer " + token(USER)),
        "unauthenticated",
        "The bearer token is wrong");
  }

  // Users with a JWT.

  @Test
  void aUserIsIdentifiedByClaimsAlone() {
    Map<String, String> headers =
        Map.of(
            "Authorization", "Bearer " + token(USER),
            "X-Hasura-Source-Account-Id", "other",
            "X-Source-Account-Id", "other",
            "X-Hasura-User-Id", "mallory");
    assertThat(harness.authenticate(headers)).isEqualTo(new Caller("acme", Role.USER, "ann"));
  }

  @Test
  void aUserHasAnAllowedRoleOrTheDefaultRole() {
    Map<String, String> user = Map.of("Authorization", "Bearer " + token(USER));
    assertThat(harness.authenticate(with(user, "X-Hasura-Role", "viewer")).role())
        .isEqualTo(Role.VIEWER);
    assertThat(harness.authenticate(with(user, "X-Hasura-Role", "")).role()).isEqualTo(Role.USER);
    assertRejected(harness, with(user, "X-Hasura-Role", "admin"), "forbidden", "token allows");
    assertRejected(harness, with(user, "X-Hasura-Role", "Viewer"), "forbidden", "token allows");
  }

  @Test
  void anAllowedButUnknownRoleIsForbidden() {
    String session = USER.replace("\"viewer\"", "\"editor\"");
    assertRejected(
        harness,
        Map.of("Authorization", "Bearer " + token(session), "X-Hasura-Role", "editor"),
        "forbidden",
        "Unknown role; expected one of viewer, user, responder, admin");
  }

  @Test
  void aTokenWithoutAccountIsForbiddenWithoutADefaultAccount() {
    String session = USER.replace("x-hasura-source-account-id", "x-hasura-other");
    Map<String, String> headers = Map.of("Authorization", "Bearer " + token(session));
    assertRejected(harness, headers, "forbidden", "lacks the claim x-hasura-source-account-id");
    assertThat(
            harness(Map.of("DEFAULT_SOURCE_ACCOUNT_ID", "fallback"))
                .authenticate(headers)
                .account())
        .isEqualTo("fallback");
  }

  /** An issuer that failed to fill in the claim must not give access to the default account. */
  @Test
  void anEmptyAccountIsForbiddenDespiteADefaultAccount() {
    String session = USER.replace("\"acme\"", "\"\"");
    assertRejected(
        harness(Map.of("DEFAULT_SOURCE_ACCOUNT_ID", "fallback")),
        Map.of("Authorization", "Bearer " + token(session)),
        "forbidden",
        "account id");
  }

  @Test
  void theAccountClaimIsConfigurable() {
    AuthenticatorHarness named = harness(Map.of("ACCOUNT_CLAIM", "X-Hasura-Tenant-Id"));
    String session = USER + ",\"X-HASURA-Tenant-Id\":\"tenant\"";
    assertThat(named.bearer(token(session)).account()).isEqualTo("tenant");
    assertRejected(
        named,
        Map.of("Authorization", "Bearer " + token(USER)),
        "forbidden",
        "lacks the claim x-hasura-tenant-id");
  }

  @Test
  void theActorIsTheUserIdOrTheSubjectOrTheRole() {
    String nobody = USER.replace("x-hasura-user-id", "x-hasura-other");
    assertThat(harness.bearer(token(USER, ",\"sub\":\"s\"")).actor()).isEqualTo("ann");
    assertThat(harness.bearer(token(nobody, ",\"sub\":\"s\"")).actor()).isEqualTo("s");
    assertThat(harness.bearer(token(nobody)).actor()).isEqualTo("user");
  }

  @Test
  void aCallerHasTheExpiryOfItsToken() {
    long end = NOW.getEpochSecond() + 120;
    assertThat(harness.bearer(token(USER, ",\"exp\":" + end)).validUntil())
        .isEqualTo(NOW.plusSeconds(120));
    assertThat(harness.bearer(token(USER)).validUntil()).isNull();
    assertThat(harness.bearer(AuthenticatorHarness.PLUGIN_SECRET).validUntil()).isNull();
  }

  @Test
  void aJwtInACookieIsReadBesideAnotherAuthorization() {
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
    assertRejected(
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

  private static void assertRejected(
      AuthenticatorHarness harness, Map<String, String> headers, String code, String reason) {
    ApiException problem =
        catchThrowableOfType(ApiException.class, () -> harness.authenticate(headers));
    assertThat(problem).as("refusal of %s", headers).isNotNull();
    assertThat(problem.code().value()).as(problem.detail()).isEqualTo(code);
    assertThat(problem.detail()).contains(reason);
  }
}
