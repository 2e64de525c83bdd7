package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Limits of connections and subscriptions, and slow subscribers. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveLimitsTest {

  private static final String EVENTS =
      "subscription ($id: UUID!) { timelineEvents(incidentId: $id, afterSeq: 0) { seq message } }";

  private final TestPostgres postgres;
  private Service service;

  LiveLimitsTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  /** An instance that polls only. */
  @BeforeAll
  void start() {
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "LIVE_MAX_CONNECTIONS", "3",
                "LIVE_MAX_SUBSCRIPTIONS", "5",
                "LIVE_MAX_COMPLEXITY", "1000",
                "LISTEN_DATABASE_URL", "off"));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  @Test
  void theConnectionsOfAnAccountAreLimited() {
    Api api = service.admin();
    String timeline = "/api/v1/incidents/" + api.open("Watched") + "/timeline";
    try (StreamClient one = StreamClient.get(api, timeline).expect(200);
        StreamClient two = StreamClient.get(api, timeline).expect(200);
        SocketClient three = SocketClient.open(api)) {
      one.next();
      two.next();
      try (StreamClient more = StreamClient.get(api, timeline).expect(429)) {
        assertThat(more.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(more.header("Retry-After")).isEqualTo("1");
      }
      try (StreamClient more = StreamClient.graphql(api, EVENTS, id(timeline)).expect(429)) {
        assertThat(more.header("Content-Type")).isEqualTo("application/json");
      }
      try (SocketClient more = SocketClient.connect(api.url(), api.headers())) {
        assertThat(more.closeCode()).as("try again later").isEqualTo(1013);
        assertThat(more.reason()).startsWith("rate_limited");
      }
      assertThat(three.isClosed()).as("earlier connections stay open").isFalse();
      Api other = service.admin();
      String theirs = "/api/v1/incidents/" + other.open("Theirs") + "/timeline";
      try (StreamClient another = StreamClient.get(other, theirs).expect(200)) {
        another.next();
      }
    }
    Eventually.until(
        Duration.ofSeconds(10),
        "the places of those that left",
        () -> {
          try (StreamClient again = StreamClient.get(api, timeline)) {
            return again.status() == 200;
          }
        });
  }

  @Test
  void aSocketWithCredentialsInItsHandshakeCountsBeforeItSendsAnything() {
    Api api = service.admin();
    try (SocketClient one = SocketClient.connect(api.url(), api.headers());
        SocketClient _ = SocketClient.connect(api.url(), api.headers());
        SocketClient _ = SocketClient.connect(api.url(), api.headers())) {
      try (SocketClient more = SocketClient.connect(api.url(), api.headers())) {
        assertThat(more.closeCode()).as("try again later").isEqualTo(1013);
        assertThat(more.reason()).startsWith("rate_limited");
      }
      one.send("{\"type\":\"connection_init\"}");
      one.expect("connection_ack");
    }
    Eventually.until(
        Duration.ofSeconds(10),
        "the places of those that left",
        () -> {
          try (SocketClient again = SocketClient.connect(api.url(), api.headers())) {
            again.send("{\"type\":\"connection_init\"}");
            return again.next().at("/type").asString().equals("connection_ack");
          } catch (RuntimeException | AssertionError e) {
            return false;
          }
        });
  }

  @Test
  void theSubscriptionsOfAnAccountAreLimited() {
    Api api = service.admin();
    String timeline = "/api/v1/incidents/" + api.open("Watched") + "/timeline";
    try (SocketClient socket = SocketClient.open(api)) {
      for (int i = 0; i < 5; i++) {
        socket.subscribe("s" + i, EVENTS, id(timeline));
        socket.expect("next");
      }
      socket.subscribe("more", EVENTS, id(timeline));
      assertThat(socket.expect("error").at("/payload/0/extensions/code").asString())
          .isEqualTo("rate_limited");
      socket.send("{\"type\":\"complete\",\"id\":\"s0\"}");
      Eventually.until(
          Duration.ofSeconds(10),
          "room for another one",
          () -> {
            socket.subscribe("again", EVENTS, id(timeline));
            return socket.next().at("/type").asString().equals("next");
          });
    }
  }

  @Test
  void theNestedFieldsOfTheSubscriptionsOfAnAccountAreLimitedInSum() {
    Api api = service.admin();
    String nested =
        "subscription { incidentChanges { cursor incident { timeline(first: 140) { nodes { seq kind"
            + " } } } } }";
    try (SocketClient socket = SocketClient.open(api)) {
      for (int i = 0; i < 2; i++) {
        socket.subscribe("s" + i, nested, "{}");
        socket.expect("next");
      }
      socket.subscribe("more", nested, "{}");
      // Its first cursor, before it subscribes.
      socket.expect("next");
      assertThat(socket.expect("error").at("/payload/0/extensions/code").asString())
          .isEqualTo("rate_limited");
    }
  }

  @Test
  void aStalledReaderDelaysNobodyAndMissesNothing() throws IOException {
    String account = Service.newAccount();
    Api api = service.as(account, "admin");
    String incident = api.open("Watched");
    String timeline = "/api/v1/incidents/" + incident + "/timeline?after_seq=1";
    int events = 200;
    try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), service.port());
        StreamClient quick = StreamClient.get(api, timeline).expect(200)) {
      OutputStream out = slow.getOutputStream();
      out.write(
          ("GET "
                  + timeline
                  + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
                  + headers(api)
                  + "\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      // Ten megabytes: far more than the sockets and the buffer of a subscription hold.
      for (int i = 0; i < events; i += 20) {
        psql(
            "insert into np_incident_timeline (source_account_id, incident_id, message, data)"
                + " select '%s', '%s', 'much', to_jsonb(repeat('x', 50000)) from generate_series(1, 20)"
                    .formatted(account, incident));
        for (int j = 0; j < 20; j++) {
          assertThat(quick.next().id()).isEqualTo(String.valueOf(i + j + 2));
        }
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(slow.getInputStream(), StandardCharsets.UTF_8));
      for (int i = 0; i < events; i++) {
        assertThat(nextId(lines)).isEqualTo(String.valueOf(i + 2));
      }
    }
  }

  private static String nextId(BufferedReader lines) throws IOException {
    while (true) {
      String line = lines.readLine();
      assertThat(line).as("the next line of the stream").isNotNull();
      if (line.startsWith("id: ")) {
        return line.substring(4);
      }
    }
  }

  @Test
  void pollingFindsEventsOfPsqlWhileNothingListens() {
    String account = Service.newAccount();
    Api api = service.as(account, "admin");
    String incident = api.open("Watched");
    try (StreamClient stream =
        StreamClient.get(api, "/api/v1/incidents/" + incident + "/timeline?after_seq=1")) {
      for (int i = 0; i < 3; i++) {
        psql(
            "insert into np_incident_timeline (source_account_id, incident_id, message) values"
                + " ('%s', '%s', 'by hand')".formatted(account, incident));
        assertThat(stream.next().id()).isEqualTo(String.valueOf(i + 2));
      }
    }
  }

  private void psql(String sql) {
    String url = service.databaseUrl();
    postgres.execute(url.substring(url.lastIndexOf('/') + 1), sql);
  }

  private static String headers(Api api) {
    StringBuilder headers = new StringBuilder();
    api.headers()
        .forEach((name, value) -> headers.append(name).append(": ").append(value).append("\r\n"));
    return headers.toString();
  }

  private static String id(String timeline) {
    return "{\"id\":\"" + timeline.split("/", -1)[4] + "\"}";
  }
}
