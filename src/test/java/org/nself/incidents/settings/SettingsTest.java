package org.nself.incidents.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

  private static final String SECRET = "hunter2";

  private static final Map<String, String> LEAST =
      Map.of("DATABASE_URL", "postgres://u:" + SECRET + "@h/d", "PLUGIN_SECRET", SECRET);

  private static Settings read(Map<String, String> variables) {
    return Settings.read(variables::get);
  }

  private static Map<String, String> with(String name, String value) {
    Map<String, String> variables = new HashMap<>(LEAST);
    variables.put(name, value);
    return variables;
  }

  @Test
  void connectionsAndMemoryOfRequestsFollowTheHeap() {
    assertThat(InboundSettings.defaultMaxConnections(256L << 20)).isEqualTo(4_096);
    assertThat(InboundSettings.defaultMaxBytes(256L << 20)).isEqualTo(32L << 20);
    assertThat(InboundSettings.defaultMaxConnections(1L << 20)).as("a tiny heap").isEqualTo(100);
    assertThat(InboundSettings.defaultMaxBytes(1L << 20)).isEqualTo(10L << 20);
  }

  @Test
  void twoVariablesAreRequired() {
    Settings settings = read(LEAST);
    assertThat(settings.port()).isEqualTo(3833);
    assertThat(settings.bindAddress()).isEqualTo("127.0.0.1");
    assertThat(settings.databasePoolSize()).isEqualTo(10);
    assertThat(settings.pluginSecret()).isEqualTo(SECRET);
    assertThat(settings.internalSecret()).isNull();
    assertThat(settings.hasuraJwtSecret()).isNull();
    assertThat(settings.defaultAccount()).isNull();
    assertThat(settings.accountClaim()).isEqualTo("x-hasura-source-account-id");
    assertThat(settings.logLevel()).isEqualTo("info");
    assertThat(settings.runbooks())
        .isEqualTo(new RunbookSettings(Path.of("/run/secrets"), false, Set.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"DATABASE_URL", "PLUGIN_SECRET"})
  void aMissingRequiredVariableIsNamed(String name) {
    Map<String, String> without = new HashMap<>(LEAST);
    without.remove(name);
    assertRejected(without, name + " is not set");
    assertRejected(with(name, ""), name + " is not set");
    assertRejected(with(name, "  \n"), name + " is not set");
  }

  @Test
  void anEmptyOptionalVariableCountsAsUnset() {
    Map<String, String> variables = new HashMap<>(LEAST);
    for (String name :
        new String[] {
          "PORT",
          "BIND_ADDRESS",
          "DATABASE_POOL_SIZE",
          "PLUGIN_INTERNAL_SECRET",
          "LOG_LEVEL",
          "HASURA_GRAPHQL_JWT_SECRET",
          "DEFAULT_SOURCE_ACCOUNT_ID",
          "ACCOUNT_CLAIM",
          "RUNBOOK_SECRETS_DIR",
          "ALLOW_PRIVATE_URLS",
          "ALLOWED_PRIVATE_HOSTS"
        }) {
      variables.put(name, "");
    }
    assertThat(read(variables)).isEqualTo(read(LEAST));
  }

  @Test
  void theInternalSecretReplacesAMissingPluginSecret() {
    Map<String, String> variables = new HashMap<>(LEAST);
    variables.remove("PLUGIN_SECRET");
    variables.put("PLUGIN_INTERNAL_SECRET", "internal");
    Settings settings = read(variables);
    assertThat(settings.pluginSecret()).isEqualTo("internal");
    assertThat(settings.internalSecret()).isEqualTo("internal");
    variables.put("PLUGIN_INTERNAL_SECRET", "two words");
    assertRejected(variables, "PLUGIN_INTERNAL_SECRET must consist");
  }

  @ParameterizedTest
  @CsvSource({
    "PORT, x",
    "PORT, -1",
    "PORT, 65536",
    "PORT, 3833.0",
    "PORT, 0x10",
    "PORT, '3833 3834'",
    "PORT, 99999999999",
    "PORT, 'x\ny'",
    "DATABASE_POOL_SIZE, 0",
    "DATABASE_POOL_SIZE, 201",
    "DATABASE_POOL_SIZE, many",
    "LIVE_MAX_CONNECTIONS, 0",
    "LIVE_MAX_SUBSCRIPTIONS, none",
    "ALLOW_PRIVATE_URLS, yes",
    "ALLOWED_PRIVATE_HOSTS, 'a b'",
    "ALLOWED_PRIVATE_HOSTS, http://a",
    "ALLOWED_PRIVATE_HOSTS, '::1'",
    "RUNBOOK_SECRETS_DIR, 'a\0b'",
    "LOG_LEVEL, loud",
    "LOG_LEVEL, 'in\nfo'",
    "BIND_ADDRESS, not an address",
    "BIND_ADDRESS, 300.0.0.1",
    "PLUGIN_SECRET, 'hunter2 hunter2'",
    "PLUGIN_SECRET, 'hunter2é'",
    "PLUGIN_SECRET, 'hunter2\thunter2'",
    "PLUGIN_INTERNAL_SECRET, 'hunter2\nhunter2'",
    "DATABASE_URL, hunter2",
    "DATABASE_URL, mysql://u:hunter2@h/d",
    "LISTEN_DATABASE_URL, postgres://u:hunter2@h",
    "DEFAULT_SOURCE_ACCOUNT_ID, 'a\tb'",
    "MAX_WRONG_TOKENS, 0",
    "TRUSTED_PROXIES, proxy",
    "TRUSTED_PROXIES, 10.0.0.0/33",
    "TRUSTED_PROXIES, 10.0.0.0/x",
    "ACCOUNT_CLAIM, tenant",
    "ACCOUNT_CLAIM, x-hasura-",
    "ACCOUNT_CLAIM, 'x-hasura-a b'",
  })
  void aMalformedValueIsRejectedInOneLineThatNamesTheVariable(String name, String value) {
    assertRejected(with(name, value), name + " ");
  }

  @Test
  void theDefaultAccountHasTheLimitsOfAnAccountId() {
    read(with("DEFAULT_SOURCE_ACCOUNT_ID", "a".repeat(128)));
    assertRejected(
        with("DEFAULT_SOURCE_ACCOUNT_ID", "a".repeat(129)), "DEFAULT_SOURCE_ACCOUNT_ID ");
  }

  @ParameterizedTest
  @CsvSource({
    "PORT, ' 8080 ', 8080",
    "PORT, 0, 0",
    "LOG_LEVEL, DEBUG, debug",
    "ACCOUNT_CLAIM, X-Hasura-Tenant-Id, x-hasura-tenant-id",
    "BIND_ADDRESS, 0.0.0.0, 0.0.0.0",
    "BIND_ADDRESS, ::, ::",
    "DATABASE_POOL_SIZE, 200, 200",
  })
  void valuesIgnoreSurroundingSpacesAndCase(String name, String value, String read) {
    Settings settings = read(with(name, value));
    Object actual =
        switch (name) {
          case "PORT" -> settings.port();
          case "LOG_LEVEL" -> settings.logLevel();
          case "ACCOUNT_CLAIM" -> settings.accountClaim();
          case "BIND_ADDRESS" -> settings.bindAddress();
          default -> settings.databasePoolSize();
        };
    assertThat(actual).hasToString(read);
  }

  @Test
  void privateHostsAreReadInLowerCaseWithAndWithoutAPort() {
    Map<String, String> variables =
        with("ALLOWED_PRIVATE_HOSTS", " Deploy.Internal:8080, db_1 ,,[::1]:9,10.0.0.7");
    variables.put("ALLOW_PRIVATE_URLS", "True");
    assertThat(read(variables).runbooks().allowedPrivateHosts())
        .containsExactlyInAnyOrder("deploy.internal:8080", "db_1", "[::1]:9", "10.0.0.7");
    assertThat(read(variables).runbooks().allowPrivateUrls()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15})
  void aSecretUnder16CharactersIsRefused(int length) {
    for (String name : new String[] {"PLUGIN_SECRET", "PLUGIN_INTERNAL_SECRET"}) {
      Map<String, String> variables = with("PLUGIN_SECRET", "s".repeat(32));
      variables.put(name, "s".repeat(length));
      assertThatThrownBy(() -> read(variables).requireLongSecrets())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith("%s has %d characters".formatted(name, length));
    }
  }

  @Test
  void aSecretUnder32CharactersIsWarnedAbout() {
    Settings shorter = read(with("PLUGIN_SECRET", "s".repeat(16)));
    shorter.requireLongSecrets();
    assertThat(shorter.warnings())
        .singleElement()
        .asString()
        .startsWith("PLUGIN_SECRET has 16 characters; at least 32");
    assertThat(read(with("PLUGIN_SECRET", "s".repeat(32))).warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, 203.0.113.9, 198.51.100.1, 203.0.113.9",
        "203.0.113.9, 203.0.113.9, -, 203.0.113.9",
        "203.0.113.9, 203.0.113.9, '1.1.1.1, 198.51.100.1', 198.51.100.1",
        "'10.0.0.0/8,203.0.113.9', 10.1.2.3, '1.1.1.1,198.51.100.1, 203.0.113.9', 198.51.100.1",
        "10.0.0.0/8, 11.1.2.3, 198.51.100.1, 11.1.2.3",
        "10.0.0.0/8, 10.1.2.3, 'evil, unknown', 10.1.2.3",
        "::1, ::1, 2001:db8::5, 20010db800000000::/64",
        "0.0.0.0/0, 10.1.2.3, 198.51.100.1, 198.51.100.1",
      })
  void aClientIsKnownByItsAddressBehindATrustedProxy(
      String proxies, String peer, String forwarded, String client) {
    Map<String, String> variables = with("TRUSTED_PROXIES", proxies == null ? "" : proxies);
    assertThat(read(variables).callers().trustedProxies().client(peer, forwarded))
        .isEqualTo(client);
  }

  @Test
  void toStringContainsNoSecret() {
    Map<String, String> variables = with("HASURA_GRAPHQL_JWT_SECRET", "{\"key\":\"hunter2\"}");
    variables.put("PLUGIN_INTERNAL_SECRET", SECRET);
    assertThat(read(variables).toString()).doesNotContain(SECRET).contains("127.0.0.1:3833");
  }

  private static void assertRejected(Map<String, String> variables, String complaint) {
    assertThatThrownBy(() -> read(variables))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(complaint)
        .message()
        .doesNotContain(SECRET)
        .doesNotContainPattern("[\\r\\n]");
  }
}
