package org.nself.incidents.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;

/** A service whose keys are published by an issuer, for tokens by this and that key. */
record Published(HasuraJwt jwt) {

  static final String CLAIMS =
      """
      {"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user"],
      "x-hasura-default-role":"user","x-hasura-source-account-id":"acme"}}\
      """;

  static Published at(String url, Clock clock) {
    return at(url, clock, "");
  }

  /**
   * @param members further ones of the configuration
   */
  static Published at(String url, Clock clock, String members) {
    String config = "{\"jwk_url\":\"" + url + "\"" + members + "}";
    return new Published(
        new HasuraJwt(HasuraJwtSettings.parse(config), clock, AccountConfiguration.keyClient()));
  }

  /** The code of the refusal of a token by this key; null where it is accepted. */
  @Nullable ProblemCode answer(SigningKey key) {
    @Nullable Problem problem =
        catchThrowableOfType(Problem.class, () -> jwt.verify(key.token(CLAIMS)));
    return problem == null ? null : problem.code();
  }

  void accepts(SigningKey key) {
    assertThat(answer(key)).as("refusal of a token by %s", key.id()).isNull();
  }

  void refuses(SigningKey key) {
    assertThat(answer(key))
        .as("refusal of a token by %s", key.id())
        .isEqualTo(ProblemCode.UNAUTHENTICATED);
  }
}
