package org.nself.incidents.security.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.nself.incidents.web.error.ApiException;

class TokenLocationTest {

  @Test
  void theTokenIsFoundWhereTheConfigurationSays() {
    assertThat(found("", "authorization", "bearer  abc ")).isEqualTo("abc");
    assertThat(found("", "Authorization", "Basic abc")).isNull();
    assertThat(found("", "Cookie", "jwt=abc")).isNull();
    String cookie = ",\"header\":{\"type\":\"Cookie\",\"name\":\"jwt\"}";
    assertThat(found(cookie, "Cookie", "a=b; jwt=abc;c=d")).isEqualTo("abc");
    assertThat(found(cookie, "Cookie", "xjwt=abc; JWT=abc")).isNull();
    assertThat(found(cookie, "Cookie", "jwt=; a=b")).isNull();
    assertThat(found(cookie, "Authorization", "Bearer abc")).isNull();
    String custom = ",\"header\":{\"type\":\"customheader\",\"name\":\"X-Token\"}";
    assertThat(found(custom, "x-token", "abc")).isEqualTo("abc");
    assertThat(found(custom, "Authorization", "Bearer abc")).isNull();
  }

  @Test
  void twoDifferentCookiesOfOneNameAreRefused() {
    String cookie = ",\"header\":{\"type\":\"Cookie\",\"name\":\"jwt\"}";
    assertThat(catchThrowable(() -> found(cookie, "Cookie", "jwt=a; jwt=b")))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("more than once");
    assertThat(found(cookie, "Cookie", "jwt=a; jwt=a")).isEqualTo("a");
  }

  private static @Nullable String found(String members, String header, String value) {
    TreeMap<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.putAll(Map.of(header, value));
    return HasuraJwtConfig.parse("{\"jwk_url\":\"https://a\"" + members + "}")
        .location()
        .token(headers::get);
  }
}
