package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.SecurityConfiguration;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/** A verifier with a {@code jwk_url}, asked about tokens of various keys. */
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
   * @param members further members of the configuration
   */
  static PublishedKeys at(String url, Clock clock, String members) {
    String config = "{\"jwk_url\":\"" + url + "\"" + members + "}";
    return new PublishedKeys(
        new HasuraJwtVerifier(
            HasuraJwtConfig.parse(config), clock, SecurityConfiguration.keyClient()));
  }

  /** The error code for a token by this key; null if it is accepted. */
  @Nullable ErrorCode answer(SigningKey key) {
    @Nullable ApiException exception =
        catchThrowableOfType(ApiException.class, () -> jwt.verify(key.token(CLAIMS)));
    return exception == null ? null : exception.code();
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
