package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.HasuraTokens;
import org.nself.incidents.testing.Nginx;
import org.nself.incidents.testing.Programs;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** The plug-in's nginx file proxies WebSockets and event streams without buffering. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveThroughNginxTest {

  private static final String WATCH =
      "subscription ($id: UUID!) { timelineEvents(incidentId: $id, afterSeq: 1) { seq actor } }";

  private final TestPostgres postgres;
  private final String account = Service.newAccount();
  private Service service;
  private Nginx nginx;

  LiveThroughNginxTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @BeforeAll
  void start(@TempDir Path directory) {
    Programs.need(
        Programs.isThere("nginx"),
        "watching through nginx is not tried, because nginx is not installed");
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of("HASURA_GRAPHQL_JWT_SECRET", HasuraTokens.configuration()));
    nginx = Nginx.start(directory, "127.0.0.1:" + service.port(), Service.TOKEN);
  }

  @AfterAll
  void stop() {
    if (nginx != null) {
      nginx.close();
    }
    if (service != null) {
      service.close();
    }
  }

  private Map<String, String> token(Duration lifetime) {
    return Map.of(
        "Authorization", "Bearer " + HasuraTokens.of(account, "user", "ana", lifetime, Map.of()));
  }

  private Api ana() {
    return new Api(nginx.url(), token(Duration.ofMinutes(5)));
  }

  private String incident() {
    return service.as(account, "admin").open("Watched");
  }

  private void note(String incident) {
    ana().post("/api/v1/incidents/" + incident + "/timeline", "{\"message\":\"m\"}").expect(201);
  }

  @Test
  void anEventStreamIsNotBuffered() {
    String incident = incident();
    try (StreamClient stream =
        StreamClient.get(ana(), "/api/v1/incidents/" + incident + "/timeline").expect(200)) {
      assertThat(stream.next().id()).isEqualTo("1");
      note(incident);
      assertThat(stream.next().json().get("actor").asString()).isEqualTo("ana");
    }
  }

  @Test
  void aSocketWithATokenInTheHandshakeIsProxied() {
    String incident = incident();
    try (SocketClient socket = SocketClient.open(ana())) {
      watched(socket, incident);
    }
  }

  @Test
  void aSocketOfABrowserSendsItsTokenInConnectionInit() {
    String incident = incident();
    try (SocketClient socket = SocketClient.connect(nginx.url(), Map.of())) {
      socket.send(
          "{\"type\":\"connection_init\",\"payload\":{\"headers\":{\"Authorization\":\"%s\"}}}"
              .formatted(token(Duration.ofMinutes(5)).get("Authorization")));
      socket.expect("connection_ack");
      watched(socket, incident);
    }
  }

  private void watched(SocketClient socket, String incident) {
    socket.subscribe("1", WATCH, "{\"id\":\"" + incident + "\"}");
    note(incident);
    assertThat(socket.expect("next").at("/payload/data/timelineEvents/actor").asString())
        .isEqualTo("ana");
  }

  @Test
  void identityHeadersWithoutTheSecretOpenNoSocket() {
    Map<String, String> forged =
        Map.of("X-Hasura-Role", "admin", "X-Hasura-Source-Account-Id", account);
    try (SocketClient socket = SocketClient.connect(nginx.url(), forged)) {
      socket.send("{\"type\":\"connection_init\"}");
      assertThat(socket.closeCode()).isEqualTo(4403);
    }
    for (String authorization : new String[] {"Bearer wrong", "Basic YTpi"}) {
      assertThat(SocketClient.refusal(nginx.url(), Map.of("Authorization", authorization)))
          .isEqualTo(401);
    }
  }

  @Test
  void anAccountInConnectionInitIsIgnored() {
    String incident = incident();
    try (SocketClient socket = SocketClient.connect(nginx.url(), ana().headers())) {
      socket.send(
          "{\"type\":\"connection_init\",\"payload\":{\"headers\":{\"X-Hasura-Source-Account-Id\":\"other\"}}}");
      socket.expect("connection_ack");
      watched(socket, incident);
    }
  }

  @Test
  void aSubscriptionEndsWhenTheTokenExpires() {
    String incident = incident();
    Api brief = new Api(nginx.url(), token(Duration.ofSeconds(10)));
    try (SocketClient socket = SocketClient.open(brief);
        StreamClient stream =
            StreamClient.get(brief, "/api/v1/incidents/" + incident + "/timeline").expect(200)) {
      stream.next();
      assertThat(socket.closeCode()).isEqualTo(4403);
      Eventually.until(Duration.ofSeconds(20), "the stream to end", stream::ended);
    }
  }
}
