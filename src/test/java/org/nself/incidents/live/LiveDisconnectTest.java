package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Connections that are closed by the service, or lost. */
@ExtendWith(RunningService.class)
class LiveDisconnectTest {

  private static final String EVENTS =
      "subscription ($id: UUID!) { timelineEvents(incidentId: $id) { seq } }";

  private final TestPostgres postgres;

  LiveDisconnectTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @Test
  void aConnectionIsClosedWhenItsTokenExpires() throws JOSEException {
    try (Service service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "HASURA_GRAPHQL_JWT_SECRET",
                "{\"type\":\"HS256\",\"key\":\"" + Token.KEY + "\"}"))) {
      String account = Service.newAccount();
      String incident = service.as(account, "admin").open("Watched");
      Instant end = Instant.now().plusSeconds(6);
      String token = "Bearer " + Token.of(account, end);
      Api user = service.with(Map.of("Authorization", token));
      try (SocketClient handshake = SocketClient.open(user);
          SocketClient first = SocketClient.connect(service.url(), Map.of());
          StreamClient stream =
              StreamClient.get(user, "/api/v1/incidents/" + incident + "/timeline").expect(200);
          StreamClient graphql =
              StreamClient.graphql(user, EVENTS, "{\"id\":\"" + incident + "\"}").expect(200)) {
        first.send(
            "{\"type\":\"connection_init\",\"payload\":{\"Authorization\":\"" + token + "\"}}");
        first.expect("connection_ack");
        handshake.subscribe("a", EVENTS, "{\"id\":\"" + incident + "\"}");
        handshake.expect("next");
        assertThat(handshake.closeCode()).isEqualTo(4403);
        assertThat(handshake.reason()).contains("expired");
        assertThat(first.closeCode()).isEqualTo(4403);
        Eventually.until(
            Duration.ofSeconds(5), "the streams to end", () -> stream.ended() && graphql.ended());
        assertThat(Instant.now()).isAfterOrEqualTo(Instant.ofEpochSecond(end.getEpochSecond()));
      }
    }
  }

  @Test
  void connectionsAreDrainedBeforeTheProcessStops() throws InterruptedException {
    int streams = 40;
    List<StreamClient> watching = new ArrayList<>();
    Service service = Service.start(postgres.createDatabase(), Map.of());
    Api api = service.admin();
    String timeline = "/api/v1/incidents/" + api.open("Watched") + "/timeline";
    try (SocketClient socket = SocketClient.open(api)) {
      for (int i = 0; i < streams; i++) {
        watching.add(StreamClient.get(api, timeline).expect(200));
      }
      Instant start = Instant.now();
      Thread stopping = Thread.ofVirtual().start(service::close);
      assertThat(socket.closeCode()).as("going away").isEqualTo(1001);
      Eventually.until(
          Duration.ofSeconds(15),
          "all streams to end",
          () -> watching.stream().allMatch(StreamClient::ended));
      stopping.join(Duration.ofSeconds(15));
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(15));
      assertThat(watching)
          .allSatisfy(stream -> assertThat(stream.retry()).isNotNull().matches("[0-9]{3,4}"))
          .extracting(StreamClient::retry)
          .as("each gets a different delay")
          .satisfies(times -> assertThat(new java.util.HashSet<>(times)).hasSizeGreaterThan(5));
    } finally {
      watching.forEach(StreamClient::close);
      service.close();
    }
  }

  @Test
  void aClientThatSendsNothingIsDisconnected(Service service) {
    try (SocketClient silent = SocketClient.connect(service.url(), Map.of())) {
      assertThat(silent.closeCode()).as("initialisation timeout").isEqualTo(4408);
    }
  }

  @Test
  void aStreamOfADisconnectedClientIsRemoved() {
    try (Service service = Service.start(postgres.createDatabase(), Map.of())) {
      Api api = service.admin();
      String timeline = "/api/v1/incidents/" + api.open("Watched") + "/timeline";
      StreamClient stream = StreamClient.get(api, timeline).expect(200);
      stream.next();
      assertThat(gauge(api, "nself_incident_live_connections")).isEqualTo("1.0");
      assertThat(gauge(api, "nself_incident_live_topics")).isEqualTo("1.0");
      stream.close();
      Eventually.until(
          Duration.ofSeconds(10),
          "the connection and its topic to be forgotten",
          () ->
              gauge(api, "nself_incident_live_connections").equals("0.0")
                  && gauge(api, "nself_incident_live_topics").equals("0.0"));
    }
  }

  private static String gauge(Api api, String name) {
    return api.get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> line.substring(name.length() + 1))
        .findFirst()
        .orElse("absent");
  }
}
