package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.SecurityConfiguration;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/** A service whose keys are published by an issuer, for tokens by this and that key. */
record PublishedKeys(HasuraJwtVerifier jwt) {

  static final String CLAIMS =
      """
      {"https://hasura.io/jwt/claims":{"x-hasura-allowed-roles":["user"],
      "x-hasura-default-role":"user","x-hasura-source-account-id":"acme"}}\
      """;

  static PublishedKeys at(String url, Clock clock) {
    return at(url, clock, "");
  }

  /**
   * @param members further ones of the configuration
   */
  static PublishedKeys at(String url, Clock clock, String members) {
    String config = "{\"jwk_url\":\"" + url + "\"" + members + "}";
    return new PublishedKeys(
        new HasuraJwtVerifier(
            HasuraJwtConfig.parse(config), clock, SecurityConfiguration.keyClient()));
  }

  /** The code of the refusal of a token by this key; null where it is accepted. */
  @Nullable ErrorCode answer(SigningKey key) {
    @Nullable ApiException problem =
        catchThrowableOfType(ApiException.class, () -> jwt.verify(key.token(CLAIMS)));
    return problem == null ? null : problem.code();
  }

  void accepts(SigningKey key) {
    assertThat(answer(key)).as("refusal of a token by %s", key.id()).isNull();
  }

  void refuses(SigningKey key) {
    assertThat(answer(key))
        .as("refusal of a token by %s", key.id())
        .isEqualTo(ErrorCode.UNAUTHENTICATED);
  }
}
