package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.security.AuthenticatorHarness;
import org.nself.incidents.testing.MovableClock;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/** Malformed and forged tokens. */
class HasuraJwtVerifierTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final SigningKey KEY =
      SigningKey.secret("HS256", "a-secret-of-at-least-thirty-two-bytes");
  private static final String HASURA =
      """
      "https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user"],\
      "x-hasura-default-role":"user","x-hasura-source-account-id":"acme"}\
      """;
  private static final String CLAIMS = "{" + HASURA + "}";

  private final HasuraJwtVerifier jwt = jwt("");

  private static HasuraJwtVerifier jwt(String members) {
    String config = "{\"type\":\"HS256\",\"key\":\"" + KEY.secret() + "\"" + members + "}";
    return new HasuraJwtVerifier(
        HasuraJwtConfig.parse(config), new MovableClock(NOW), AuthenticatorHarness.CLIENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "HS384", "HS257", "RS256", "dir"})
  void noAlgorithmButTheConfiguredOneIsAccepted(String algorithm) {
    refuses(KEY.token("{\"alg\":\"" + algorithm + "\"}", CLAIMS), "algorithm");
  }

  @Test
  void aTokenWithoutASignatureIsRefused() {
    String header = SigningKey.encoded("{\"alg\":\"HS256\"}");
    String unsigned = header + "." + SigningKey.encoded(CLAIMS) + ".";
    refuses(unsigned, "signature");
    String none = SigningKey.encoded("{\"alg\":\"none\"}") + "." + SigningKey.encoded(CLAIMS);
    refuses(none + ".", "algorithm");
    refuses(none, "not a JWT");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}",
        "{\"alg\":\"HS256\",\"crit\":[]}",
        "{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}",
        "{\"alg\":\"HS256\",\"b64\":false}"
      })
  void criticalExtensionsOfTheHeaderAreRefused(String header) {
    refuses(KEY.token(header, CLAIMS), "header has crit or b64");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"alg\":7}",
        "{\"alg\":null}",
        "{\"alg\":[\"HS256\"]}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":\"HS256\",\"kid\":7}",
        "[]",
        "7",
        "null",
        "",
        "{\"alg\":\"HS256\"} {}",
        "\u0000"
      })
  void aMalformedHeaderIsRefused(String header) {
    refuses(KEY.token(header, CLAIMS), "The token's");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "...", "a", "a.b", "a.b.c", "a.b.c.d", "ü.ü.ü", "\u0000", "{}.{}.{}"})
  void textThatIsNotATokenIsRefused(String token) {
    refuses(token, "The token is not a JWT");
  }

  @Test
  void aTokenOfEmptyPartsIsRefused() {
    refuses("..", "header is not a JSON object");
  }

  @Test
  void anEncryptedTokenIsRefused() {
    refuses("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c", "encrypted");
  }

  @Test
  void aHugeTokenIsRefused() {
    String padded =
        CLAIMS.substring(0, CLAIMS.length() - 1) + ",\"a\":\"" + "a".repeat(20_000) + "\"}";
    refuses(KEY.token(padded), "longer than 16,384 characters");
  }

  @Test
  void deepJsonIsRefused() {
    String deep = "[".repeat(6_000) + "]".repeat(6_000);
    refuses(KEY.token("{\"a\":" + deep.substring(3_000, 9_000) + "," + HASURA + "}"), "payload");
    refuses(
        KEY.token("{\"alg\":\"HS256\",\"a\":" + deep.substring(3_000, 9_000) + "}", CLAIMS),
        "header");
    refuses(KEY.token("[".repeat(10_000)), "payload");
    String objects = "{\"a\":".repeat(1_000) + "1" + "}".repeat(1_000);
    refuses(KEY.token("{\"a\":" + objects + "," + HASURA + "}"), "payload");
  }

  @Test
  void anotherSpellingOfTheSameBytesIsRefused() {
    String token = KEY.token(CLAIMS);
    jwt.verify(token);
    refuses(token + "=", "base64url");
    refuses(token + "\n", "base64url");
    // A SHA-256 has 32 bytes: two bits of the last character are unused.
    char last = token.charAt(token.length() - 1);
    String stray = token.substring(0, token.length() - 1) + (char) (last + 1);
    refuses(stray, "base64url");
  }

  @Test
  void aDuplicateClaimIsRefused() {
    refuses(KEY.token("{\"sub\":\"a\",\"sub\":\"b\"," + HASURA + "}"), "payload");
    refuses(KEY.token("{" + HASURA + "," + HASURA + "}"), "payload");
    String account = "\"x-hasura-source-account-id\":\"acme\"";
    String nested = HASURA.replace(account, account + "," + account);
    refuses(KEY.token("{" + nested + "}"), "payload");
    String twice =
        HASURA.replace(
            "\"x-hasura-source", "\"X-Hasura-Source-Account-Id\":\"b\",\"x-hasura-source");
    refuses(KEY.token("{" + twice + "}"), "claim x-hasura-source-account-id more than once");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"exp\":\"1999999999\"           | exp is not a number",
        "\"exp\":true                     | exp is not a number",
        "\"exp\":[1]                      | exp is not a number",
        "\"nbf\":{}                       | nbf is not a number",
        "\"iat\":\"now\"                  | iat is not a number",
        "\"exp\":-1                       | expired",
        "\"exp\":-1e400                   | expired",
        "\"exp\":0.0000001                | expired",
        "\"exp\":1e-99999999              | expired",
        "\"nbf\":1e400                    | not valid yet",
        "\"nbf\":99999999999999999999999  | not valid yet",
        "\"iat\":1e99999999               | issued in the future",
        "\"iss\":7                        | iss is not a string",
        "\"sub\":{}                       | sub is not a string",
        "\"aud\":7                        | aud is neither a string nor a list of them",
        "\"aud\":[\"a\",7]                | aud is neither a string nor a list of them",
        "\"exp\":NaN                      | payload is not a JSON object",
        "\"exp\":01                       | payload is not a JSON object"
      })
  void aRegisteredClaimOfAnotherTypeOrTimeIsRefused(String claim, String reason) {
    refuses(KEY.token("{" + claim + "," + HASURA + "}"), reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "never",
      value = {
        "'exp':1772366401                     | 2026-03-01T12:00:01Z",
        "'exp':1772366400.25                  | 2026-03-01T12:00:00.250Z",
        "'exp':1.7723664005e9                 | 2026-03-01T12:00:00.500Z",
        "'exp':99999999999999999999999        | 9999-12-31T23:59:59Z",
        "'exp':1e99999999                     | 9999-12-31T23:59:59Z",
        "'exp':null                           | never",
        "'aud':null,'iss':null,'sub':null     | never"
      })
  void theClaimsSayWhenTheTokenExpires(String claims, @Nullable Instant end) {
    String token = KEY.token("{" + claims.replace('\'', '"') + "," + HASURA + "}");
    assertThat(jwt.verify(token).expiresAt()).isEqualTo(end);
  }

  @Test
  void theSkewPostponesTheExpiry() {
    String token = KEY.token("{\"exp\":" + (NOW.getEpochSecond() - 30) + "," + HASURA + "}");
    assertThat(jwt(",\"allowed_skew\":60").verify(token).expiresAt())
        .isEqualTo(NOW.plusSeconds(30));
  }

  @Test
  void claimsAreUtf8() {
    String claims = "{" + HASURA.replace("acme", "Łódź 🚒") + "}";
    assertThat(jwt.verify(KEY.token(claims)).variables())
        .containsEntry("x-hasura-source-account-id", "Łódź 🚒");
    byte[] broken = CLAIMS.replace("acme", "ac\u00e9").getBytes(StandardCharsets.ISO_8859_1);
    String payload = Base64.getUrlEncoder().withoutPadding().encodeToString(broken);
    refuses(KEY.signed(SigningKey.encoded("{\"alg\":\"HS256\"}") + "." + payload), "payload");
  }

  @Test
  void aStringThatShouldHoldJsonMustHoldIt() {
    HasuraJwtVerifier stringified = jwt(",\"claims_format\":\"stringified_json\"");
    for (String text : List.of("", "[]", "null", "{", "{\\\"a\\\":1,\\\"a\\\":2}")) {
      refuses(
          stringified,
          KEY.token("{\"https://hasura.io/jwt/claims\":\"" + text + "\"}"),
          "is not a JSON object");
    }
  }

  /** Any mutation of a good token is refused, never an internal error. */
  @ParameterizedTest
  @MethodSource("seeds")
  void aMutatedTokenIsRefusedAndNothingElse(long seed) {
    Random random = new Random(seed);
    String good = KEY.token("{\"exp\":1999999999,\"aud\":\"a\"," + HASURA + "}");
    for (int i = 0; i < 2_000; i++) {
      String bad = mutated(good, random);
      if (!bad.equals(good)) {
        refuses(bad, "The token");
      }
    }
  }

  /** As above, but signed after the mutation, so that header and claims are parsed. */
  @ParameterizedTest
  @MethodSource("seeds")
  void aSignedTokenOfMutatedJsonIsAcceptedOrRefusedAndNothingElse(long seed) {
    Random random = new Random(seed);
    String header = "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k\",\"crit\":null}";
    String claims = "{\"exp\":1999999999,\"aud\":[\"a\"],\"sub\":\"s\"," + HASURA + "}";
    for (int i = 0; i < 2_000; i++) {
      String token =
          KEY.token(
              random.nextBoolean() ? header.replace(",\"crit\":null", "") : mutated(header, random),
              mutated(claims, random));
      @Nullable Throwable thrown = catchThrowable(() -> jwt.verify(token).role(null));
      if (thrown != null) {
        assertThat(thrown).as("seed %d, token %s", seed, token).isInstanceOf(ApiException.class);
      }
    }
  }

  static Stream<Long> seeds() {
    return IntStream.range(0, 4).mapToObj(i -> 20_260_301L + i);
  }

  private static String mutated(String text, Random random) {
    int at = random.nextInt(text.length());
    int to = at + random.nextInt(Math.min(12, text.length() - at) + 1);
    String some =
        String.valueOf(
            (char) (random.nextInt(20) == 0 ? random.nextInt(0xffff) : 33 + random.nextInt(94)));
    return switch (random.nextInt(5)) {
      case 0 -> text.substring(0, at) + text.substring(to);
      case 1 -> text.substring(0, at) + some + text.substring(at);
      case 2 -> text.substring(0, at) + some + text.substring(at + 1);
      case 3 -> text.substring(0, to) + text.substring(at);
      default -> text.substring(0, at);
    };
  }

  private void refuses(String token, String reason) {
    refuses(jwt, token, reason);
  }

  private static void refuses(HasuraJwtVerifier jwt, String token, String reason) {
    @Nullable Throwable thrown = catchThrowable(() -> jwt.verify(token));
    assertThat(thrown)
        .as("refusal of %s", token)
        .isInstanceOf(ApiException.class)
        .hasMessageContaining(reason);
    assertThat(((ApiException) thrown).code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
  }
}
