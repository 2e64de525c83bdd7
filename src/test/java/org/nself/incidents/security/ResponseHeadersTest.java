package org.nself.incidents.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

@ExtendWith(RunningService.class)
class ResponseHeadersTest {

  private final Service service;

  ResponseHeadersTest(Service service) {
    this.service = service;
  }

  private static void mayNotBeStored(Response response) {
    assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(response.header("Cache-Control")).isEqualTo("no-store");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /api/v1/incidents",
    "GET, /api/v1/incidents/7",
    "GET, /api/v1/runbooks",
    "GET, /incidents",
    "GET, /nothing",
    "PUT, /api/v1/incidents",
    "POST, /api/v1/incidents",
    "POST, /graphql",
    "GET, /graphql",
    "GET, /health",
    "GET, /metrics",
    "GET, /auth/verify",
    "GET, /error",
    "GET, /%2e%2e/x",
  })
  void noResponseIsStoredOrItsTypeGuessed(String method, String path) {
    mayNotBeStored(service.admin().send(method, path, null, null));
    mayNotBeStored(service.with(Map.of()).send(method, path, null, null));
  }

  @Test
  void anEventStreamIsNotStored() {
    Api admin = service.admin();
    String path = "/api/v1/incidents/" + admin.open("Watched") + "/timeline";
    mayNotBeStored(admin.header("Accept", "text/event-stream").get(path).expect(200));
  }

  @Test
  void whatHasAnEntityTagMayBeKeptByTheClientAndIsAskedForAgain() {
    Api admin = service.admin();
    String path = "/api/v1/incidents/" + admin.open("Kept");
    Response first = admin.get(path).expect(200);
    assertThat(first.header("Cache-Control")).isEqualTo("private, no-cache");
    Response second =
        admin.header("If-None-Match", String.valueOf(first.header("ETag"))).get(path).expect(304);
    assertThat(second.header("Cache-Control")).isEqualTo("private, no-cache");
    mayNotBeStored(admin.patch(path, "{\"title\":\"Changed\"}").expect(200));
  }
}
