package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.security.AuthenticatorHarness;
import org.nself.incidents.testing.MovableClock;
import org.nself.incidents.web.error.ApiException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Hasura v2's answers, row by row. The service accepts and refuses the same tokens, except for 23
 * and 24, where it is stricter.
 */
class JwtVectorsTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final SigningKey SECRET =
      SigningKey.secret("HS256", "a-secret-of-at-least-thirty-two-bytes");
  private static final SigningKey RSA = SigningKey.pair("RS256");

  private static final String ROLES =
      "'x-hasura-allowed-roles':['user','viewer'],'x-hasura-default-role':'user'";
  private static final String ACCOUNT = "'x-hasura-source-account-id':'acme'";
  private static final String SESSION = "{" + ROLES + "," + ACCOUNT + "}";
  private static final Pattern SECOND = Pattern.compile("NOW([+-]\\d+)?");

  private static final String GOOD = json("{NS:SESSION}");

  /**
   * Members of the configuration and of the token's claims, and the answer. In them NOW, NS,
   * SESSION, TEXT (the session as a string), ROLES and ACCOUNT stand for themselves.
   */
  @ParameterizedTest(name = "{0}: {1}, {2}: {3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
           3 | -                                    | 'exp':NOW-1,NS:SESSION             | unauthenticated, expired
           3 | -                                    | 'exp':NOW,NS:SESSION               | unauthenticated, expired
           4 | 'allowed_skew':60                    | 'exp':NOW-30,NS:SESSION            | accepted
           4 | 'allowed_skew':60                    | 'exp':NOW-60,NS:SESSION            | unauthenticated, expired
           6 | 'audience':'me'                      | 'aud':'you',NS:SESSION             | unauthenticated, another audience
           6 | 'audience':['me','us']               | 'aud':['you','them'],NS:SESSION    | unauthenticated, another audience
           6 | 'audience':['me','us']               | 'aud':['you','us'],NS:SESSION      | accepted
           7 | 'audience':'me'                      | NS:SESSION                         | accepted
           8 | 'issuer':'https://a'                 | 'iss':'https://b',NS:SESSION       | unauthenticated, another issuer
           8 | 'issuer':'https://a'                 | 'iss':'https://a',NS:SESSION       | accepted
           9 | 'issuer':'https://a'                 | NS:SESSION                         | accepted
          10 | -                                    | 'nbf':NOW+1,NS:SESSION             | unauthenticated, not valid yet
          10 | -                                    | 'nbf':NOW,NS:SESSION               | accepted
          10 | 'allowed_skew':60                    | 'nbf':NOW+60,NS:SESSION            | accepted
          11 | -                                    | 'iat':NOW+1,NS:SESSION             | unauthenticated, issued in the future
          11 | 'allowed_skew':60                    | 'iat':NOW+60,NS:SESSION            | accepted
          12 | -                                    | NS:SESSION                         | accepted
          13 | -                                    | 'sub':'s'                          | unauthenticated, lacks the claims at https://hasura.io/jwt/claims
          13 | 'claims_namespace':'mine'            | NS:SESSION                         | unauthenticated, lacks the claims at mine
          13 | 'claims_namespace':'mine'            | 'mine':SESSION                     | accepted
          14 | 'claims_namespace_path':'$.a.b'      | 'a':{'c':SESSION}                  | unauthenticated, lacks the claims at $.a.b
          14 | 'claims_namespace_path':'$.a.b'      | 'a':{'b':SESSION}                  | accepted
          15 | 'claims_format':'json'               | NS:TEXT                            | unauthenticated, are not a JSON object
          15 | 'claims_format':'json'               | NS:SESSION                         | accepted
          16 | 'claims_format':'stringified_json'   | NS:SESSION                         | unauthenticated, are not a string that holds JSON
          16 | 'claims_format':'stringified_json'   | NS:TEXT                            | accepted
          17 | -                                    | NS:{'x-hasura-default-role':'user',ACCOUNT}     | unauthenticated, lacks the claim x-hasura-allowed-roles
          18 | -                                    | NS:{'x-hasura-allowed-roles':['user'],ACCOUNT}  | unauthenticated, lacks the claim x-hasura-default-role
          19 | -                                    | NS:{'x-hasura-allowed-roles':'user','x-hasura-default-role':'user',ACCOUNT}       | unauthenticated, not a list
          20 | -                                    | NS:{'x-hasura-allowed-roles':['viewer'],'x-hasura-default-role':'user',ACCOUNT}   | forbidden, token allows
          21 | -                                    | NS:{ROLES,ACCOUNT,'x-hasura-a':7}         | unauthenticated, x-hasura-a is not a string
          21 | -                                    | NS:{ROLES,ACCOUNT,'x-hasura-a':true}      | unauthenticated, x-hasura-a is not a string
          21 | -                                    | NS:{ROLES,ACCOUNT,'x-hasura-a':null}      | unauthenticated, x-hasura-a is not a string
          21 | -                                    | NS:{ROLES,ACCOUNT,'x-hasura-a':['b']}     | unauthenticated, x-hasura-a is not a string
          21 | -                                    | NS:{ROLES,ACCOUNT,'x-hasura-a':{}}        | unauthenticated, x-hasura-a is not a string
          21 | -                                    | NS:{ROLES,ACCOUNT,'other':7}              | accepted
          22 | -                                    | NS:{ROLES,'X-HASURA-Source-Account-Id':'acme'}                                    | accepted
          22 | -                                    | NS:{ACCOUNT,'X-Hasura-Allowed-Roles':['user'],'X-HASURA-DEFAULT-ROLE':'user'}     | accepted
          25 | 'claims_map':{ROLES,ACCOUNT,'x-hasura-user-id':{'path':'$.user.id'}}               | 'user':{}        | unauthenticated, lacks the claim at $.user.id
          25 | 'claims_map':{ROLES,ACCOUNT,'x-hasura-user-id':{'path':'$.user.id'}}               | 'user':{'id':7}  | unauthenticated, x-hasura-user-id is not a string
          25 | 'claims_map':{ROLES,ACCOUNT,'x-hasura-user-id':{'path':'$.user.id'}}               | 'user':{'id':'a'}| accepted
          25 | 'claims_map':{ROLES,ACCOUNT,'x-hasura-user-id':{'path':'$.user.id','default':'a'}} | 'user':{}        | accepted
          """)
  void theTableHolds(int row, String members, String claims, String answer) {
    String token = SECRET.token(json("{" + claims + "}"));
    expect(answer, harness(members.equals("-") ? "" : json(members)), bearer(token));
  }

  @Test
  void row1NoTokenIsRefused() {
    expect("unauthenticated, Send Authorization: Bearer", harness(""), Map.of());
  }

  @Test
  void row2AnotherSchemeOrNoneIsRefused() {
    for (String value : new String[] {"Basic x", "Bearer", "Bearer ", "x", SECRET.token(GOOD)}) {
      expect("unauthenticated, token", harness(""), Map.of("Authorization", value));
    }
  }

  @Test
  void row5AWrongKeyIsRefused() {
    SigningKey other = SigningKey.secret("HS256", "another-secret-of-at-least-32-bytes");
    expect("unauthenticated, signature", harness(""), bearer(other.token(GOOD)));
    SigningKey otherPair = SigningKey.pair("RS256");
    expect("unauthenticated, signature", rsaHarness(), bearer(otherPair.token(GOOD)));
    expect("unauthenticated, algorithm", harness(""), bearer(RSA.token(GOOD)));
    expect("unauthenticated, algorithm", rsaHarness(), bearer(SECRET.token(GOOD)));
  }

  @Test
  void row20ARoleThatIsNotAllowedIsForbidden() {
    Map<String, String> headers =
        Map.of("Authorization", "Bearer " + SECRET.token(GOOD), "X-Hasura-Role", "admin");
    expect("forbidden, token allows", harness(""), headers);
  }

  /** Hasura tries every key; the service only those of the token's kid, if keys have a kid. */
  @Test
  void row23AKeyIdThatNoPublishedKeyHasIsRefused() {
    try (JwksServer issuer = new JwksServer()) {
      issuer.publish("max-age=600", RSA.named("a"));
      AuthenticatorHarness harness =
          AuthenticatorHarness.with(
              "{\"jwk_url\":\"" + issuer.url() + "\"}", new MovableClock(NOW));
      expect("unauthenticated, signature", harness, bearer(RSA.named("b").token(GOOD)));
      expect("accepted", harness, bearer(RSA.named("a").token(GOOD)));
      expect("accepted", harness, bearer(RSA.token(GOOD)));
    }
  }

  /** Hasura lets the token choose any algorithm that the key fits. */
  @Test
  void row24AnotherAlgorithmThanTheConfiguredOneIsRefused() {
    expect("accepted", rsaHarness(), bearer(RSA.token(GOOD)));
    expect("unauthenticated, algorithm", rsaHarness(), bearer(RSA.as("RS384").token(GOOD)));
    expect("unauthenticated, algorithm", rsaHarness(), bearer(RSA.as("RS512").token(GOOD)));
  }

  private static String json(String text) {
    String session = SESSION.replace('\'', '"');
    String json =
        text.replace("NS", "'https://hasura.io/jwt/claims'")
            .replace("SESSION", SESSION)
            .replace("ROLES", ROLES)
            .replace("ACCOUNT", ACCOUNT)
            .replace('\'', '"')
            .replace("TEXT", JsonMapper.shared().writeValueAsString(session));
    return SECOND.matcher(json).replaceAll(JwtVectorsTest::second);
  }

  private static String second(MatchResult match) {
    int offset = match.group(1) == null ? 0 : Integer.parseInt(match.group(1));
    return Long.toString(NOW.getEpochSecond() + offset);
  }

  private static AuthenticatorHarness harness(String members) {
    String more = members.isEmpty() ? "" : "," + members;
    return AuthenticatorHarness.with(
        "{\"type\":\"HS256\",\"key\":\"" + SECRET.secret() + "\"" + more + "}",
        new MovableClock(NOW));
  }

  private static AuthenticatorHarness rsaHarness() {
    String key = JsonMapper.shared().writeValueAsString(RSA.pem());
    return AuthenticatorHarness.with(
        "{\"type\":\"RS256\",\"key\":" + key + "}", new MovableClock(NOW));
  }

  private static Map<String, String> bearer(String token) {
    return Map.of("Authorization", "Bearer " + token);
  }

  private static void expect(
      String answer, AuthenticatorHarness harness, Map<String, String> headers) {
    if (answer.equals("accepted")) {
      assertThat(harness.authenticate(headers).account()).isEqualTo("acme");
      return;
    }
    String[] codeAndReason = answer.split(", ", 2);
    ApiException exception =
        catchThrowableOfType(ApiException.class, () -> harness.authenticate(headers));
    assertThat(exception).as("refusal: %s", answer).isNotNull();
    assertThat(exception.code().value()).as(exception.detail()).isEqualTo(codeAndReason[0]);
    assertThat(exception.detail()).contains(codeAndReason[1]);
  }
}
