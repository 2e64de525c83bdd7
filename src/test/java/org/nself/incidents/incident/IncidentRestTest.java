package org.nself.incidents.incident;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

@ExtendWith(RunningService.class)
class IncidentRestTest {

  private final Api api;

  IncidentRestTest(Service service) {
    this.api = service.admin();
  }

  @Test
  void openingAnswers201WithLocationAndTag() {
    Response opened =
        api.post("/api/v1/incidents", "{\"title\":\"Checkout is down\",\"severity\":\"SEV1\"}")
            .expect(201);
    assertThat(opened.header("Location")).isEqualTo("/api/v1/incidents/" + opened.text("id"));
    assertThat(opened.header("ETag")).isEqualTo("\"1\"");
    assertThat(opened.text("severity")).isEqualTo("critical");
    assertThat(opened.at("number").asInt()).isEqualTo(1);
  }
}
