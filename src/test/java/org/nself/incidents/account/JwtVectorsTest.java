package org.nself.incidents.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nself.incidents.api.Problem;
import org.nself.incidents.testing.MovableClock;

/**
 * The table of what Hasura v2 answers, row by row. The service answers the same, accept or refuse,
 * but for 23 and 24, where it is stricter.
 */
class JwtVectorsTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long S = NOW.getEpochSecond();

  private static final SigningKey SECRET =
      SigningKey.secret("HS256", "a-secret-of-at-least-thirty-two-bytes");
  private static final SigningKey RSA = SigningKey.pair("RS256");

  private static final String ROLES =
      "\"x-hasura-allowed-roles\":[\"user\",\"viewer\"],\"x-hasura-default-role\":\"user\"";
  private static final String ACCOUNT = "\"x-hasura-source-account-id\":\"acme\"";
  private static final String HASURA = "{" + ROLES + "," + ACCOUNT + "}";

  private static final String PLAIN = "";
  private static final String STRINGIFIED = ",\"claims_format\":\"stringified_json\"";

  /**
   * A row.
   *
   * @param number as in the table
   * @param config members of the configuration beside type and key
   * @param headers what the request came with
   * @param refusal the code and a part of the text; null where it is accepted
   */
  record Vector(
      int number,
      String what,
      String config,
      Map<String, String> headers,
      @Nullable String refusal) {
    @Override
    public String toString() {
      return number + ": " + what;
    }
  }

  static List<Vector> vectors() {
    List<Vector> rows = new ArrayList<>();
    rows.add(
        new Vector(1, "no token", config(PLAIN), Map.of(), "unauthenticated Send Authorization"));
    rows.add(
        new Vector(
            2,
            "another scheme",
            config(PLAIN),
            Map.of("Authorization", "Basic x"),
            "unauthenticated Send Authorization"));
    rows.add(
        new Vector(
            2,
            "Bearer without a token",
            config(PLAIN),
            Map.of("Authorization", "Bearer"),
            "unauthenticated Send Authorization"));
    rows.add(
        row(3, "expired a second ago", PLAIN, "\"exp\":" + (S - 1), "unauthenticated expired"));
    rows.add(row(3, "expires this second", PLAIN, "\"exp\":" + S, "unauthenticated expired"));
    rows.add(row(4, "expired within the skew", skew(60), "\"exp\":" + (S - 30), null));
    rows.add(
        row(
            4,
            "expired as long ago as the skew",
            skew(60),
            "\"exp\":" + (S - 60),
            "unauthenticated expired"));
    rows.add(
        token(
            5,
            "wrong key",
            config(PLAIN),
            SigningKey.secret("HS256", "another-secret-of-at-least-32-bytes")
                .token(claims("\"a\":1")),
            "unauthenticated signature"));
    rows.add(
        token(
            5,
            "algorithm of another kind of key",
            config(PLAIN),
            RSA.token(claims("\"a\":1")),
            "unauthenticated algorithm"));
    rows.add(
        row(
            6,
            "other audience",
            audience("\"me\""),
            "\"aud\":\"you\"",
            "unauthenticated audience"));
    rows.add(
        row(
            6,
            "none of the audiences",
            audience("[\"me\",\"us\"]"),
            "\"aud\":[\"you\",\"them\"]",
            "unauthenticated audience"));
    rows.add(
        row(
            6,
            "one of the audiences",
            audience("[\"me\",\"us\"]"),
            "\"aud\":[\"you\",\"us\"]",
            null));
    rows.add(row(7, "no audience", audience("\"me\""), "\"a\":1", null));
    rows.add(
        row(
            8,
            "other issuer",
            ",\"issuer\":\"https://a\"",
            "\"iss\":\"https://b\"",
            "unauthenticated issuer"));
    rows.add(row(8, "the issuer", ",\"issuer\":\"https://a\"", "\"iss\":\"https://a\"", null));
    rows.add(row(9, "no issuer", ",\"issuer\":\"https://a\"", "\"a\":1", null));
    rows.add(
        row(10, "not yet valid", PLAIN, "\"nbf\":" + (S + 1), "unauthenticated not valid yet"));
    rows.add(row(10, "valid within the skew", skew(60), "\"nbf\":" + (S + 60), null));
    rows.add(
        row(11, "issued in the future", PLAIN, "\"iat\":" + (S + 1), "unauthenticated future"));
    rows.add(
        row(11, "issued in the future within the skew", skew(60), "\"iat\":" + (S + 60), null));
    rows.add(row(12, "never expires", PLAIN, "\"a\":1", null));
    rows.add(
        token(
            13,
            "no namespace",
            config(PLAIN),
            SECRET.token("{}"),
            "unauthenticated lacks the claims at https://hasura.io/jwt/claims"));
    rows.add(
        token(
            14,
            "path that misses",
            config(",\"claims_namespace_path\":\"$.a.b\""),
            SECRET.token("{\"a\":{\"c\":" + HASURA + "}}"),
            "unauthenticated lacks the claims at $.a.b"));
    rows.add(
        token(
            14,
            "path that hits",
            config(",\"claims_namespace_path\":\"$.a.b\""),
            SECRET.token("{\"a\":{\"b\":" + HASURA + "}}"),
            null));
    rows.add(
        namespace(
            15, "a string for an object", PLAIN, quoted(HASURA), "unauthenticated JSON object"));
    rows.add(
        namespace(
            16,
            "an object for a string",
            STRINGIFIED,
            HASURA,
            "unauthenticated string that holds JSON"));
    rows.add(namespace(16, "a string for a string", STRINGIFIED, quoted(HASURA), null));
    rows.add(
        namespace(
            17,
            "no allowed roles",
            PLAIN,
            "{\"x-hasura-default-role\":\"user\"," + ACCOUNT + "}",
            "unauthenticated lacks the claim x-hasura-allowed-roles"));
    rows.add(
        namespace(
            18,
            "no default role",
            PLAIN,
            "{\"x-hasura-allowed-roles\":[\"user\"]," + ACCOUNT + "}",
            "unauthenticated lacks the claim x-hasura-default-role"));
    rows.add(
        namespace(
            19,
            "allowed roles in a string",
            PLAIN,
            "{\"x-hasura-allowed-roles\":\"user\",\"x-hasura-default-role\":\"user\","
                + ACCOUNT
                + "}",
            "unauthenticated not a list"));
    rows.add(
        new Vector(
            20,
            "role that is not allowed",
            config(PLAIN),
            Map.of(
                "Authorization",
                "Bearer " + SECRET.token(claims("\"a\":1")),
                "X-Hasura-Role",
                "admin"),
            "forbidden role"));
    rows.add(
        namespace(
            20,
            "default role that is not allowed",
            PLAIN,
            "{\"x-hasura-allowed-roles\":[\"viewer\"],\"x-hasura-default-role\":\"user\","
                + ACCOUNT
                + "}",
            "forbidden role"));
    for (String value : List.of("7", "true", "null", "[\"a\"]", "{}")) {
      rows.add(
          namespace(
              21,
              "a claim that is " + value,
              PLAIN,
              "{" + ROLES + "," + ACCOUNT + ",\"x-hasura-team\":" + value + "}",
              "unauthenticated x-hasura-team is not a string"));
    }
    rows.add(
        namespace(
            22,
            "capitals in the names of claims",
            PLAIN,
            "{"
                + ROLES.replace("x-hasura", "X-Hasura")
                + ",\"X-HASURA-Source-Account-Id\":\"acme\"}",
            null));
    rows.add(
        token(
            24,
            "another algorithm that the key could do",
            "{\"type\":\"RS256\",\"key\":" + quoted(RSA.pem()) + "}",
            RSA.as("RS384").token(claims("\"a\":1")),
            "unauthenticated algorithm"));
    rows.add(
        token(
            24,
            "the algorithm",
            "{\"type\":\"RS256\",\"key\":" + quoted(RSA.pem()) + "}",
            RSA.token(claims("\"a\":1")),
            null));
    String map =
        ",\"claims_map\":{\"x-hasura-allowed-roles\":[\"user\"],\"x-hasura-default-role\":\"user\",\"x-hasura-source-account-id\":\"acme\",\"x-hasura-user-id\":";
    rows.add(
        token(
            25,
            "mapped path that misses",
            config(map + "{\"path\":\"$.user.id\"}}"),
            SECRET.token("{}"),
            "unauthenticated lacks the claim at $.user.id"));
    rows.add(
        token(
            25,
            "mapped path that misses, with a default",
            config(map + "{\"path\":\"$.user.id\",\"default\":\"u\"}}"),
            SECRET.token("{}"),
            null));
    return rows;
  }

  /** A configuration of which these are members, beside the key. */
  private static String config(String members) {
    return "{\"type\":\"HS256\",\"key\":\"%s\"%s}".formatted(SECRET.secret(), members);
  }

  private static String skew(int seconds) {
    return ",\"allowed_skew\":" + seconds;
  }

  private static String audience(String value) {
    return ",\"audience\":" + value;
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  private static String claims(String registered) {
    return "{" + registered + ",\"https://hasura.io/jwt/claims\":" + HASURA + "}";
  }

  private static Vector row(
      int number, String what, String config, String registered, @Nullable String refusal) {
    return token(number, what, config(config), SECRET.token(claims(registered)), refusal);
  }

  private static Vector namespace(
      int number, String what, String config, String namespace, @Nullable String refusal) {
    String claims = "{\"https://hasura.io/jwt/claims\":" + namespace + "}";
    return token(number, what, config(config), SECRET.token(claims), refusal);
  }

  private static Vector token(
      int number, String what, String config, String token, @Nullable String refusal) {
    return new Vector(number, what, config, Map.of("Authorization", "Bearer " + token), refusal);
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void theTableHolds(Vector vector) {
    expect(Door.with(vector.config, new MovableClock(NOW)), vector.headers, vector.refusal);
  }

  /** Row 23: Hasura tries every key; here the name counts where the keys have names. */
  @Test
  void aKeyIdThatNoPublishedKeyHasIsRefused() {
    try (JwksServer issuer = new JwksServer()) {
      issuer.publish("max-age=600", RSA.named("a"));
      Door door = Door.with("{\"jwk_url\":\"" + issuer.url() + "\"}", new MovableClock(NOW));
      String unknown = RSA.named("b").token(claims("\"a\":1"));
      expect(door, Map.of("Authorization", "Bearer " + unknown), "unauthenticated signature");
      String known = RSA.named("a").token(claims("\"a\":1"));
      expect(door, Map.of("Authorization", "Bearer " + known), null);
      String nameless = RSA.token(claims("\"a\":1"));
      expect(door, Map.of("Authorization", "Bearer " + nameless), null);
    }
  }

  @Test
  void aKeyIdMeansNothingToAKeyWithoutOne() {
    try (JwksServer issuer = new JwksServer()) {
      issuer.publish("max-age=600", RSA);
      Door door = Door.with("{\"jwk_url\":\"" + issuer.url() + "\"}", new MovableClock(NOW));
      String named = RSA.named("b").token(claims("\"a\":1"));
      expect(door, Map.of("Authorization", "Bearer " + named), null);
    }
    String named = SECRET.named("b").token(claims("\"a\":1"));
    Door door = Door.with(config(PLAIN), new MovableClock(NOW));
    expect(door, Map.of("Authorization", "Bearer " + named), null);
  }

  /** The key of that name decides alone, whatever others would say. */
  @Test
  void aTokenSignedByAnotherKeyThanItNamesIsRefused() {
    SigningKey other = SigningKey.pair("RS256");
    try (JwksServer issuer = new JwksServer()) {
      issuer.publish("max-age=600", RSA.named("a"), other.named("b"));
      Door door = Door.with("{\"jwk_url\":\"" + issuer.url() + "\"}", new MovableClock(NOW));
      String swapped = RSA.named("b").token(claims("\"a\":1"));
      expect(door, Map.of("Authorization", "Bearer " + swapped), "unauthenticated signature");
    }
  }

  private static void expect(Door door, Map<String, String> headers, @Nullable String refusal) {
    if (refusal == null) {
      assertThat(door.knock(headers).account()).isEqualTo("acme");
      return;
    }
    String code = refusal.substring(0, refusal.indexOf(' '));
    Problem problem = catchThrowableOfType(Problem.class, () -> door.knock(headers));
    assertThat(problem).as("refused: %s", refusal).isNotNull();
    assertThat(problem.code().word()).as(problem.detail()).isEqualTo(code);
    assertThat(problem.detail()).contains(refusal.substring(code.length() + 1));
  }
}
