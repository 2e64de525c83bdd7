package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.live.websocket.GraphQlWebSocketSession;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** GraphQL subscriptions over WebSocket and Server-Sent Events. */
@ExtendWith(RunningService.class)
class GraphqlSubscriptionTest {

  private static final String EVENTS =
      "subscription ($id: UUID!, $after: Int) { timelineEvents(incidentId: $id, afterSeq: $after) {"
          + " seq kind message } }";

  private static final String CHANGES =
      "subscription ($after: String) { incidentChanges(after: $after) { cursor event { seq message"
          + " } incident { number status timeline(last: 1) { nodes { seq } } } } }";

  private final Service service;
  private final Api api;
  private final String incident;

  GraphqlSubscriptionTest(Service service) {
    this.service = service;
    this.api = service.admin();
    this.incident = api.open("Watched");
  }

  private void note(String message) {
    api.post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"" + message + "\"}")
        .expect(201);
  }

  private String id() {
    return "{\"id\":\"" + incident + "\"}";
  }

  @Test
  void aTimelineIsStreamedOverAWebSocket() {
    try (SocketClient socket = SocketClient.open(api)) {
      socket.subscribe("a", EVENTS, id());
      JsonNode first = socket.expect("next");
      assertThat(first.at("/id").asString()).isEqualTo("a");
      assertThat(first.at("/payload/data/timelineEvents/kind").asString()).isEqualTo("opened");
      note("live");
      JsonNode second = socket.expect("next");
      assertThat(second.at("/payload/data/timelineEvents/seq").asInt()).isEqualTo(2);
      assertThat(second.at("/payload/data/timelineEvents/message").asString()).isEqualTo("live");
    }
  }

  @Test
  void aTimelineIsStreamedOverServerSentEvents() {
    try (StreamClient stream = StreamClient.graphql(api, EVENTS, id()).expect(200)) {
      StreamClient.Message first = stream.next();
      assertThat(first.event()).isEqualTo("next");
      assertThat(first.json().at("/data/timelineEvents/kind").asString()).isEqualTo("opened");
      note("live");
      assertThat(stream.next().json().at("/data/timelineEvents/message").asString())
          .isEqualTo("live");
    }
  }

  @Test
  void theChangesOfAnAccountAreStreamed() {
    try (SocketClient socket = SocketClient.open(api)) {
      socket.subscribe("a", CHANGES, "{}");
      JsonNode begin = socket.expect("next").at("/payload/data/incidentChanges");
      assertThat(begin.at("/event").isNull()).as("the first item has a cursor only").isTrue();
      note("one");
      JsonNode change = socket.expect("next").at("/payload/data/incidentChanges");
      assertThat(change.at("/event/message").asString()).isEqualTo("one");
      assertThat(change.at("/incident/number").asInt()).isEqualTo(1);
      assertThat(change.at("/incident/timeline/nodes/0/seq").asInt()).isEqualTo(2);
      socket.send("{\"type\":\"complete\",\"id\":\"a\"}");
      note("two");
      socket.subscribe("b", CHANGES, "{\"after\":\"" + change.at("/cursor").asString() + "\"}");
      JsonNode next = socket.expect("next");
      assertThat(next.at("/id").asString()).isEqualTo("b");
      assertThat(next.at("/payload/data/incidentChanges/event/message").asString())
          .isEqualTo("two");
    }
  }

  @Test
  void queriesAndMutationsWorkOverAWebSocket() {
    try (SocketClient socket = SocketClient.open(api)) {
      socket.subscribe("q", "query Mine { incidentByNumber(number: 1) { title } }", "{}");
      assertThat(socket.expect("next").at("/payload/data/incidentByNumber/title").asString())
          .isEqualTo("Watched");
      assertThat(socket.expect("complete").at("/id").asString()).isEqualTo("q");
    }
    try (StreamClient stream =
        StreamClient.graphql(api, "{ incidentByNumber(number: 1) { title } }", "{}").expect(200)) {
      assertThat(stream.next().json().at("/data/incidentByNumber/title").asString())
          .isEqualTo("Watched");
      assertThat(stream.next().event()).isEqualTo("complete");
    }
  }

  @Test
  void anotherAccountsIncidentIsNotFound() {
    Api other = service.admin();
    try (SocketClient socket = SocketClient.open(other)) {
      socket.subscribe("a", EVENTS, id());
      JsonNode error = socket.expect("error");
      assertThat(error.at("/payload/0/extensions/code").asString()).isEqualTo("not_found");
    }
    try (StreamClient stream = StreamClient.graphql(other, EVENTS, id()).expect(200)) {
      assertThat(stream.next().json().at("/errors/0/extensions/code").asString())
          .isEqualTo("not_found");
      assertThat(stream.next().event()).isEqualTo("complete");
    }
  }

  @Test
  void anInvalidOperationIsAnErrorAndTheSocketStaysOpen() {
    try (SocketClient socket = SocketClient.open(api)) {
      socket.subscribe("a", "subscription { nothing }", "{}");
      assertThat(socket.expect("error").at("/payload/0/extensions/code").asString())
          .isEqualTo("invalid");
      socket.subscribe("a", EVENTS, "{\"id\":\"" + incident + "\",\"after\":-1}");
      JsonNode error = socket.expect("error");
      assertThat(error.at("/payload/0/extensions/field").asString()).isEqualTo("afterSeq");
      socket.send("{\"type\":\"ping\"}");
      socket.expect("pong");
    }
  }

  @Test
  void credentialsMayBeInConnectionInit() {
    try (SocketClient socket = SocketClient.connect(service.url(), Map.of())) {
      socket.send(
          "{\"type\":\"connection_init\",\"payload\":{\"headers\":{\"authorization\":\"Bearer "
              + Service.TOKEN
              + "\",\"x-hasura-source-account-id\":\""
              + api.headers().get("X-Hasura-Source-Account-Id")
              + "\"}}}");
      socket.expect("connection_ack");
      socket.subscribe("a", EVENTS, id());
      socket.expect("next");
    }
  }

  @Test
  void aSocketWithoutCredentialsIsClosed() {
    try (SocketClient socket = SocketClient.connect(service.url(), Map.of())) {
      socket.send(
          "{\"type\":\"connection_init\",\"payload\":{\"Authorization\":\"Bearer wrong\"}}");
      assertThat(socket.closeCode()).isEqualTo(4403);
    }
    try (SocketClient socket = SocketClient.connect(service.url(), Map.of())) {
      socket.subscribe("a", EVENTS, id());
      assertThat(socket.closeCode()).isEqualTo(4401);
    }
    assertThat(SocketClient.refusal(service.url(), Map.of("Authorization", "Bearer wrong")))
        .isEqualTo(401);
  }

  @Test
  void connectionInitCannotChangeTheAccountOfTheHandshake() {
    Api other = service.admin();
    try (SocketClient socket = SocketClient.connect(other.url(), other.headers())) {
      socket.send(
          "{\"type\":\"connection_init\",\"payload\":{\"headers\":{\"x-hasura-source-account-id\":\""
              + api.headers().get("X-Hasura-Source-Account-Id")
              + "\"}}}");
      socket.expect("connection_ack");
      socket.subscribe("a", EVENTS, id());
      assertThat(socket.expect("error").at("/payload/0/extensions/code").asString())
          .isEqualTo("not_found");
    }
  }

  @RepeatedTest(20) // A concurrent write must not drop the reason.
  void aProtocolErrorClosesTheSocket() {
    closes(4400, "{\"type\":\"nonsense\"}");
    closes(4400, "not json");
    closes(4429, "{\"type\":\"connection_init\"}");
    try (SocketClient socket = SocketClient.open(api)) {
      socket.subscribe("a", EVENTS, id());
      socket.expect("next");
      socket.subscribe("a", EVENTS, id());
      assertThat(socket.closeCode()).as("close code; %s", socket.reason()).isEqualTo(4409);
    }
  }

  private void closes(int code, String message) {
    try (SocketClient socket = SocketClient.open(api)) {
      socket.send(message);
      assertThat(socket.closeCode()).as("close code after %s", message).isEqualTo(code);
    }
  }

  @Test
  void theOperationsOfAConnectionAreLimited() {
    try (SocketClient socket = SocketClient.open(api)) {
      for (int i = 0; i < GraphQlWebSocketSession.MAX_OPERATIONS; i++) {
        socket.subscribe("s" + i, EVENTS, "{\"id\":\"" + incident + "\",\"after\":1}");
      }
      socket.subscribe("more", EVENTS, id());
      JsonNode error = socket.expect("error");
      assertThat(error.at("/id").asString()).isEqualTo("more");
      assertThat(error.at("/payload/0/extensions/code").asString()).isEqualTo("rate_limited");
      note("for all of them");
      for (int i = 0; i < GraphQlWebSocketSession.MAX_OPERATIONS; i++) {
        socket.expect("next");
      }
    }
  }
}
