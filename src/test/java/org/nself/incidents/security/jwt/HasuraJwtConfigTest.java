package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.security.AuthenticatorHarness;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Role;
import org.nself.incidents.security.SecurityConfiguration;
import org.nself.incidents.settings.ConfigurationException;
import tools.jackson.databind.json.JsonMapper;

class HasuraJwtConfigTest {

  private static final String CLAIMS =
      """
      {"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user"],
      "x-hasura-default-role":"user","x-hasura-source-account-id":"acme"}}\
      """;

  private static final String SECRET =
      "a-secret-that-is-long-enough-for-the-longest-of-the-hmacs-sha-512";

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "HS384", "HS512"})
  void aSecretVerifiesTokensOfItsAlgorithm(String type) {
    accepts(config(type, SECRET), SigningKey.secret(type, SECRET).token(CLAIMS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "Ed25519"})
  void aPublicKeyInPemVerifiesTokensOfItsAlgorithm(String type) {
    SigningKey key = SigningKey.pair(type);
    accepts(config(type, key.pem()), key.token(CLAIMS));
  }

  @Test
  void anEd25519TokenMayUseTheOlderNameEdDsa() {
    SigningKey key = SigningKey.pair("Ed25519");
    accepts(config("Ed25519", key.pem()), key.token("{\"alg\":\"EdDSA\"}", CLAIMS));
  }

  @Test
  void anRsaKeyMayBeInPkcs1() {
    SigningKey key = SigningKey.pair("RS256");
    byte[] der = key.publicKey().getEncoded();
    int wrapping = der.length - 270; // A PKCS#1 key of 2,048 bits has 270 bytes.
    byte[] pkcs1 = Arrays.copyOfRange(der, wrapping, der.length);
    accepts(config("RS256", SigningKey.pem("RSA PUBLIC KEY", pkcs1)), key.token(CLAIMS));
  }

  @Test
  void aPemMayHaveNoLineBreaks() {
    SigningKey key = SigningKey.pair("ES256");
    accepts(config("ES256", key.pem().replace('\n', ' ')), key.token(CLAIMS));
    accepts(config("ES256", key.pem().replace("\n", "\r\n")), key.token(CLAIMS));
  }

  /** Keys and tokens made by OpenSSL. The certificates expired in 2001: only their keys count. */
  @ParameterizedTest
  @CsvSource({
    "RS256,rsa-certificate.pem,rsa.jwt",
    "RS256,rsa-pkcs1.pem,rsa.jwt",
    "ES256,es256-certificate.pem,es256.jwt",
    "ES512,es512-certificate.pem,es512.jwt",
    "Ed25519,ed25519-certificate.pem,ed25519.jwt"
  })
  void keysAndTokensMadeByOpenSslAreAccepted(String type, String key, String token) {
    AuthenticatorHarness harness =
        AuthenticatorHarness.with(config(type, file(key)), Clock.systemUTC());
    Caller caller = harness.bearer(file(token).strip());
    assertThat(caller).isEqualTo(new Caller("from-elsewhere", Role.USER, "u-1"));
  }

  /** The key and the token of Hasura's manual. */
  @Test
  void theExampleOfHasurasManualIsAccepted() {
    String token =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiw"
            + "iYWRtaW4iOnRydWUsImlhdCI6MTUxNjIzOTAyMiwiaHR0cHM6Ly9oYXN1cmEuaW8vand0L2NsYWltcyI6eyJ4L"
            + "Whhc3VyYS1kZWZhdWx0LXJvbGUiOiJ1c2VyIiwieC1oYXN1cmEtYWxsb3dlZC1yb2xlcyI6WyJ1c2VyIiwiYWR"
            + "taW4iXSwieC1oYXN1cmEtdXNlci1pZCI6IjEyMyIsIngtaGFzdXJhLW9yZy1pZCI6IjQ1NiIsIngtaGFzdXJhL"
            + "WN1c3RvbSI6ImN1c3RvbS12YWx1ZSJ9fQ.07mlUOhH3Oigz_Yyil8EC579Ht6PbZ1yr8fYJfhQ4NE";
    String config = config("HS256", "ultra-secret-very-secret-super-secret-key");
    AuthenticatorHarness harness =
        AuthenticatorHarness.with(
            config, Clock.systemUTC(), Map.of("ACCOUNT_CLAIM", "X-Hasura-Org-Id"));
    assertThat(harness.bearer(token)).isEqualTo(new Caller("456", Role.USER, "123"));
  }

  /** Of 1,024 bits, fewer than RFC 7518 requires. */
  @Test
  void theRsaKeyOfHasurasManualIsAccepted() {
    String key =
        """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDdlatRjRjogo3WojgGHFHYLugd
        UWAY9iR3fy4arWNA1KoS8kVw33cJibXr8bvwUAUparCwlvdbH6dvEOfou0/gCFQs
        HUfQrSDv+MuSUMAe8jzKE4qW+jK+xQU9a03GUnKHkkle+Q0pX/g6jXZ7r1/xAK5D
        o2kQ+X5xK9cipRgEKwIDAQAB
        -----END PUBLIC KEY-----
        """;
    assertThat(HasuraJwtConfig.parse(config("RS512", key)).algorithms())
        .containsExactly(JWSAlgorithm.RS512);
  }

  @Test
  void aMemberThatIsNullCountsAsAbsent() {
    String config =
        config("HS256", SECRET, "jwk_url", "null", "audience", "null", "header", "null");
    accepts(config, SigningKey.secret("HS256", SECRET).token(CLAIMS));
  }

  @Test
  void aClaimsMapTakesPrecedenceOverTheNamespace() {
    String map =
        """
        {"X-Hasura-Allowed-Roles":{"path":"$.roles"},"x-hasura-default-role":{"path":"$.roles[0]"},
        "x-hasura-source-account-id":{"path":"$['https://acme/org'].id"}}\
        """;
    String config = config("HS256", SECRET, "claims_namespace", "\"elsewhere\"", "claims_map", map);
    String claims = "{\"roles\":[\"user\"],\"https://acme/org\":{\"id\":\"acme\"}}";
    accepts(config, SigningKey.secret("HS256", SECRET).token(claims));
  }

  @Test
  void theClaimsMayBeAtTheRoot() {
    String config = config("HS256", SECRET, "claims_namespace_path", "\"$\"");
    String claims =
        """
        {"sub":"s","x-hasura-allowed-roles":["user"],"x-hasura-default-role":"user",
        "x-hasura-source-account-id":"acme"}\
        """;
    accepts(config, SigningKey.secret("HS256", SECRET).token(claims));
  }

  @Test
  void allowedSkewMayBeAFraction() {
    HasuraJwtConfig config = HasuraJwtConfig.parse(config("HS256", SECRET, "allowed_skew", "1.5"));
    assertThat(config.claimsValidator().allowedSkew()).hasMillis(1_500);
  }

  private static void accepts(String config, String token) {
    AuthenticatorHarness harness = AuthenticatorHarness.with(config, Clock.systemUTC());
    assertThat(harness.bearer(token).account()).isEqualTo("acme");
  }

  // Invalid configurations and their messages.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                          | it is not a JSON object (line 1, column 1)",
        "null                                        | it is not a JSON object",
        "{\"type\":\"HS256\",                        | it is not a JSON object (line 1, column 17)",
        "{}                                          | key or jwk_url is missing",
        "{\"type\":\"HS256\",\"key\":\"a\",\"jwk_url\":\"https://a\"}"
            + "| key and jwk_url must not both be given",
        "{\"type\":\"HS256\",\"type\":\"HS384\"}     | it is not a JSON object (line 1",
        "{\"key\":\"a\"}                             | type is missing: one of HS256, HS384,",
        "{\"type\":\"none\",\"key\":\"a\"}           | type must be one of HS256, HS384, HS512,",
        "{\"type\":\"PS256\",\"key\":\"a\"}          | type must be one of HS256,",
        "{\"type\":256,\"key\":\"a\"}                | type must be a string that is not empty",
        "{\"type\":\"HS256\",\"key\":\"\"}           | key must be a string that is not empty",
        "{\"type\":\"HS256\",\"key\":\"12345678\"}"
            + "| key must have at least 32 bytes for HS256, not 8",
        "{\"jwk_url\":\"ftp://a/b\"}                 | jwk_url must be a URL such as https://",
        "{\"jwk_url\":\"a b\"}                       | jwk_url must be a URL such as https://",
        "{\"jwk_url\":\"https:///keys\"}             | jwk_url must be a URL such as https://",
        "{\"jwk_url\":\"https://a\",\"type\":\"HS256\"}"
            + "| type must not be HS256 with a jwk_url: a secret is not published",
        "{\"jwk_url\":\"https://a\",\"audiance\":\"me\"}"
            + "| audiance is not a known member; allowed are type, key, jwk_url,",
        "{\"jwk_url\":\"https://a\",\"audience\":[]}"
            + "| audience must be a string or a list of strings, none of them empty",
        "{\"jwk_url\":\"https://a\",\"audience\":[1]}"
            + "| audience must be a string or a list of strings, none of them empty",
        "{\"jwk_url\":\"https://a\",\"audience\":\"\"}"
            + "| audience must be a string or a list of strings, none of them empty",
        "{\"jwk_url\":\"https://a\",\"issuer\":[\"a\"]}"
            + "| issuer must be a string that is not empty",
        "{\"jwk_url\":\"https://a\",\"allowed_skew\":-1}"
            + "| allowed_skew must be a number of seconds from 0 to 86400",
        "{\"jwk_url\":\"https://a\",\"allowed_skew\":\"60\"}"
            + "| allowed_skew must be a number of seconds from 0 to 86400",
        "{\"jwk_url\":\"https://a\",\"claims_format\":\"yaml\"}"
            + "| claims_format must be json or stringified_json",
        "{\"jwk_url\":\"https://a\",\"claims_namespace\":\"a\",\"claims_namespace_path\":\"$.a\"}"
            + "| claims_namespace and claims_namespace_path must not both be given",
        "{\"jwk_url\":\"https://a\",\"claims_namespace_path\":\"$.a..b\"}"
            + "| claims_namespace_path must be a JSON path such as $.hasura.claims",
        "{\"jwk_url\":\"https://a\",\"header\":\"Authorization\"} | header must be a JSON object",
        "{\"jwk_url\":\"https://a\",\"header\":{}}   | header.type is missing",
        "{\"jwk_url\":\"https://a\",\"header\":{\"type\":\"Query\"}}"
            + "| header.type must be Authorization, Cookie or CustomHeader",
        "{\"jwk_url\":\"https://a\",\"header\":{\"type\":\"Cookie\"}} | header.name is missing",
        "{\"jwk_url\":\"https://a\",\"header\":{\"type\":\"Cookie\",\"nome\":\"a\"}}"
            + "| header.nome is not a known member; allowed are type, name",
        "{\"jwk_url\":\"https://a\",\"claims_map\":[]} | claims_map must be a JSON object",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-default-role\":\"user\"}}"
            + "| claims_map.x-hasura-allowed-roles is missing",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-allowed-roles\":\"user\"}}"
            + "| claims_map.x-hasura-allowed-roles must be a list of roles",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-allowed-roles\":[\"user\"]}}"
            + "| claims_map.x-hasura-default-role is missing",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-user-id\":7}}"
            + "| claims_map.x-hasura-user-id must be a string, or",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"a\":\"1\",\"A\":\"2\"}}"
            + "| is given more than once, in upper and lower case",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-user-id\":{\"default\":\"a\"}}}"
            + "| claims_map.x-hasura-user-id.path is missing",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-user-id\":{\"path\":\"\"}}}"
            + "| claims_map.x-hasura-user-id.path must be a string that is not empty",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-user-id\":{\"path\":\"$.a[b]\"}}}"
            + "| claims_map.x-hasura-user-id.path must be a JSON path such as",
        "{\"jwk_url\":\"https://a\",\"claims_map\":{\"x-hasura-user-id\":{\"path\":\"$\",\"otherwise\":1}}}|"
            + " claims_map.x-hasura-user-id.otherwise is not a known member; allowed are path,"
            + " default"
      })
  void anInvalidConfigurationIsRefusedNamingTheMember(String json, String message) {
    refuses(json, message);
  }

  @Test
  void aKeyThatDoesNotFitItsTypeIsRefused() {
    String rsa = SigningKey.pair("RS256").pem();
    String p256 = SigningKey.pair("ES256").pem();
    refuses(
        config("ES256", rsa),
        "key must be for ES256; this PUBLIC KEY has another type or is malformed");
    refuses(
        config("RS256", p256),
        "key must be for RS256; this PUBLIC KEY has another type or is malformed");
    refuses(
        config("Ed25519", p256),
        "key must be for Ed25519; this PUBLIC KEY has another type or is malformed");
    refuses(config("ES384", p256), "key is not for ES384");
    refuses(config("RS256", file("es256-certificate.pem")), "key is not for RS256");
    refuses(config("RS256", "secret"), "key must be a public key or a certificate in PEM");
    refuses(
        config("RS256", SigningKey.pem("CERTIFICATE", new byte[] {1, 2})),
        "key must be for RS256; this CERTIFICATE has another type or is malformed");
    refuses(
        config("RS256", SigningKey.pem("PRIVATE KEY", new byte[] {1, 2})),
        "key must be a PUBLIC KEY, an RSA PUBLIC KEY or a CERTIFICATE, not a PRIVATE KEY");
    refuses(
        config("ES256", SigningKey.pem("RSA PUBLIC KEY", new byte[] {1, 2})),
        "key must be for ES256; this RSA PUBLIC KEY has another type or is malformed");
  }

  private static void refuses(String json, String message) {
    assertThatThrownBy(() -> HasuraJwtConfig.parse(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  /** A secret set without the JSON around it must not end up in a log. */
  @Test
  void messagesNeverQuoteTheConfiguration() {
    assertThatThrownBy(() -> HasuraJwtConfig.parse("hunter2hunter2"))
        .hasMessageNotContaining("hunter2");
    assertThatThrownBy(() -> HasuraJwtConfig.parse(config("HS256", "hunter2")))
        .hasMessageNotContaining("hunter2");
    assertThat(HasuraJwtConfig.parse(config("HS256", SECRET)).toString()).doesNotContain(SECRET);
  }

  /** The whole message that stops the start. */
  @Test
  void theErrorNamesTheVariable() {
    assertThatThrownBy(() -> SecurityConfiguration.jwts("{}", null, Clock.systemUTC()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("HASURA_GRAPHQL_JWT_SECRET cannot be used: key or jwk_url is missing");
  }

  /** A configuration with further members: names and their JSON in turn. */
  private static String config(String type, String key, String... more) {
    StringBuilder json =
        new StringBuilder("{\"type\":\"%s\",\"key\":".formatted(type))
            .append(JsonMapper.shared().writeValueAsString(key));
    for (int i = 0; i < more.length; i += 2) {
      json.append(",\"").append(more[i]).append("\":").append(more[i + 1]);
    }
    return json.append('}').toString();
  }

  private static String file(String name) {
    try (InputStream file =
        Objects.requireNonNull(HasuraJwtConfigTest.class.getResourceAsStream(name), name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
