package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.Settled;
import tools.jackson.databind.JsonNode;

/** Subscriptions to an execution, over each transport. */
@ExtendWith(RunningService.class)
class ExecutionSubscriptionTest {

  private static final String EXECUTION =
      "subscription ($id: UUID!) { runbookExecution(id: $id) { version status steps { key status"
          + " note decisions { verdict } } } }";

  private final Service service;
  private final Api api;
  private final String execution;

  ExecutionSubscriptionTest(Service service) {
    this.service = service;
    this.api = service.admin();
    this.execution = Settled.waiting(api).execution();
  }

  private String id() {
    return "{\"id\":\"" + execution + "\"}";
  }

  private void finish() {
    String steps = "/api/v1/runbook-executions/" + execution + "/steps/";
    api.post(steps + Settled.HAND + "/complete", "{\"note\":\"by hand\"}").expect(200);
    api.post(steps + Settled.APPROVAL + "/decide", "{\"verdict\":\"approve\"}").expect(200);
  }

  /** Reads states until the last; their versions must grow. */
  private static void untilSucceeded(JsonNode first, Supplier<JsonNode> next) {
    JsonNode state = first;
    assertThat(state.get("status").asString()).isEqualTo("WAITING");
    while (!state.get("status").asString().equals("SUCCEEDED")) {
      JsonNode later = next.get();
      assertThat(later.get("version").asInt()).isGreaterThan(state.get("version").asInt());
      state = later;
    }
    assertThat(state.at("/steps/0/note").asString()).isEqualTo("by hand");
    assertThat(state.at("/steps/1/decisions/0/verdict").asString()).isEqualTo("APPROVE");
    assertThat(state.findValuesAsString("status"))
        .containsExactly("SUCCEEDED", "SUCCEEDED", "SUCCEEDED");
  }

  @Test
  void anExecutionIsSubscribedToOverAWebSocket() {
    try (SocketClient socket = SocketClient.open(api)) {
      socket.subscribe("a", EXECUTION, id());
      JsonNode first = socket.expect("next").at("/payload/data/runbookExecution");
      finish();
      untilSucceeded(first, () -> socket.expect("next").at("/payload/data/runbookExecution"));
    }
  }

  @Test
  void anExecutionIsSubscribedToOverServerSentEvents() {
    try (StreamClient stream = StreamClient.graphql(api, EXECUTION, id()).expect(200)) {
      JsonNode first = stream.next().json().at("/data/runbookExecution");
      finish();
      untilSucceeded(first, () -> stream.next().json().at("/data/runbookExecution"));
    }
  }

  @Test
  void anExecutionOfAnotherAccountIsNotFound() {
    try (SocketClient socket = SocketClient.open(service.admin())) {
      socket.subscribe("a", EXECUTION, id());
      assertThat(socket.next().toString()).contains("not_found");
    }
  }
}
