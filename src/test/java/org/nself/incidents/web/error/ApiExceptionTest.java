package org.nself.incidents.web.error;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class ApiExceptionTest {

  @Test
  void anInternalErrorNamesTheRequestIdOfTheLog() {
    try (var _ = MDC.putCloseable("request_id", "r-1")) {
      assertThat(ApiException.internal().detail())
          .isEqualTo("Internal error (request id r-1); see service log");
    }
    assertThat(ApiException.internal().detail()).isEqualTo("Internal error; see service log");
  }

  @Test
  void anExcerptIsShortAndHasNoControlCharacters() {
    assertThat(ApiException.excerpt("a\nb")).isEqualTo("a\\u000ab");
    assertThat(ApiException.excerpt("x".repeat(41))).isEqualTo("x".repeat(40) + "…");
  }
}
