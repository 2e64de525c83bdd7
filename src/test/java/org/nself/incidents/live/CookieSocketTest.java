package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** WebSockets that a browser opens with a cookie, whichever page asks for them. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CookieSocketTest {

  private final Service service;

  CookieSocketTest(TestPostgres postgres) {
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET",
                HasuraTokens.configuration()
                    .replace("}", ",\"header\":{\"type\":\"Cookie\",\"name\":\"token\"}}")));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private SocketClient connect(Map<String, String> headers) {
    Map<String, String> all = new HashMap<>(headers);
    all.put("Cookie", "token=" + HasuraTokens.of(Service.newAccount(), "user", "ana"));
    SocketClient socket = SocketClient.connect(service.url(), all);
    socket.send("{\"type\":\"connection_init\"}");
    return socket;
  }

  @Test
  void aPageOfTheSameOriginIsAccepted() {
    try (SocketClient socket = connect(Map.of("Origin", service.url()))) {
      socket.expect("connection_ack");
    }
  }

  @Test
  void aPageOfAnotherOriginIsToldWhyItsCookieIsNotAccepted() {
    for (Map<String, String> headers :
        List.of(
            Map.of("Origin", "https://evil.example"),
            Map.of("Origin", "https://evil.example", "Authorization", "Basic YTpi"),
            Map.of("Origin", service.url(), "Sec-Fetch-Site", "cross-site"),
            Map.<String, String>of())) {
      try (SocketClient socket = connect(headers)) {
        assertThat(socket.closeCode()).as(headers.toString()).isEqualTo(4403);
        assertThat(socket.reason()).contains("a page of this origin");
      }
    }
  }

  @Test
  void aPageOfAnotherOriginMaySendCredentialsOfItsOwn() {
    Map<String, String> headers =
        Map.of(
            "Origin",
            "https://app.example",
            "Cookie",
            "token=" + HasuraTokens.of("a", "user", "u"));
    try (SocketClient socket = SocketClient.connect(service.url(), headers)) {
      socket.send(
          "{\"type\":\"connection_init\",\"payload\":{\"Authorization\":\"Bearer %s\"}}"
              .formatted(Service.TOKEN));
      socket.expect("connection_ack");
    }
  }
}
