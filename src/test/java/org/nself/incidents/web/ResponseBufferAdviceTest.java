package org.nself.incidents.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

@ExtendWith(RunningService.class)
class ResponseBufferAdviceTest {

  private final Api api;

  ResponseBufferAdviceTest(Service service) {
    this.api = service.admin();
  }

  @Test
  void aPageOfAListHasItsLength() {
    for (int i = 0; i < 20; i++) {
      open("x".repeat(500));
    }
    Response page = api.get("/api/v1/incidents?limit=20").expect(200);
    int length = page.text().getBytes(StandardCharsets.UTF_8).length;
    assertThat(length).as("bytes, more than Tomcat holds by itself").isBetween(10_000, 32_000);
    assertThat(page.header("Content-Length")).isEqualTo(String.valueOf(length));
    assertThat(page.header("Transfer-Encoding")).isNull();
  }

  @Test
  void whatIsLargerIsSentAsItIsMadeAndComesWhole() {
    for (int i = 0; i < 3; i++) {
      open("x".repeat(19_000) + i);
    }
    Response page = api.get("/api/v1/incidents?limit=3").expect(200);
    assertThat(page.header("Content-Length")).isNull();
    assertThat(page.at("incidents").valueStream())
        .extracting(incident -> incident.get("summary").asString())
        .containsExactly("x".repeat(19_000) + 2, "x".repeat(19_000) + 1, "x".repeat(19_000) + 0);
  }

  private void open(String summary) {
    api.post("/api/v1/incidents", "{\"title\":\"Down\",\"summary\":\"%s\"}".formatted(summary))
        .expect(201);
  }
}
