package org.nself.incidents.web.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Clients that send a request slowly, in part or not at all. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SlowClientsTest {

  /** Longer than any of the time limits of this service. */
  private static final int PATIENCE_MILLIS = 15_000;

  private final TestPostgres postgres;
  private Service service;

  SlowClientsTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @BeforeAll
  void start() {
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "HEADER_TIMEOUT_SECONDS", "1",
                "BODY_TIMEOUT_SECONDS", "5",
                "KEEP_ALIVE_SECONDS", "2",
                "MAX_CONNECTIONS", "400",
                "MAX_UNKNOWN_CALLERS", "40",
                "MAX_UNKNOWN_CALLERS_PER_ADDRESS", "5",
                "INBOUND_MEMORY_MIB", "10",
                "LISTEN_DATABASE_URL", "off"));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port());
    socket.setSoTimeout(200);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  private String headers(Api api) {
    StringBuilder headers = new StringBuilder("Host: localhost\r\n");
    api.headers()
        .forEach((name, value) -> headers.append(name).append(": ").append(value).append("\r\n"));
    return headers.toString();
  }

  private String post(Api api, int length) {
    return "POST /api/v1/incidents HTTP/1.1\r\n"
        + headers(api)
        + "Content-Type: application/json\r\nContent-Length: "
        + length
        + "\r\n\r\n";
  }

  /** Sends this again and again until the service ends the connection; returns what it answered. */
  private static String untilItEnds(Socket socket, String trickle) throws IOException {
    long deadline = System.nanoTime() + Duration.ofMillis(PATIENCE_MILLIS).toNanos();
    StringBuilder answer = new StringBuilder();
    byte[] buffer = new byte[4096];
    while (System.nanoTime() < deadline) {
      try {
        int count = socket.getInputStream().read(buffer);
        if (count < 0) {
          return answer.toString();
        }
        answer.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
      } catch (SocketTimeoutException e) {
        try {
          send(socket, trickle);
        } catch (SocketException ended) {
          return answer.toString();
        }
      } catch (SocketException e) {
        return answer.toString();
      }
    }
    throw new AssertionError("The connection is still open; it got " + answer);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\r\n", "GET /api/v1/incidents HTTP/1.1\r\nHost: x\r\nX-Note: "})
  void aRequestWhoseHeadDoesNotArriveInTimeEndsTheConnection(String beginning) throws IOException {
    try (Socket socket = connect()) {
      send(socket, beginning);
      assertThat(untilItEnds(socket, beginning.startsWith("GET") ? "a" : beginning)).isEmpty();
    }
  }

  @Test
  void theNextRequestOfAKnownConnectionHasTheSameLimit() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET /api/v1/incidents HTTP/1.1\r\n" + headers(service.admin()) + "\r\nGET /a");
      assertThat(untilItEnds(socket, "a")).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void anIdleConnectionEnds() throws IOException {
    try (Socket socket = connect()) {
      send(socket, "GET /api/v1/incidents HTTP/1.1\r\n" + headers(service.admin()) + "\r\n");
      assertThat(untilItEnds(socket, "")).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void aBodyThatDoesNotArriveInTimeEndsTheConnection() throws IOException {
    try (Socket socket = connect()) {
      send(socket, post(service.admin(), 1_000_000) + "{\"title\":\"");
      assertThat(untilItEnds(socket, "a")).doesNotContain("HTTP/1.1 2").doesNotContain(" 500");
    }
  }

  @Test
  void theUnusedRestOfABodyIsNotWaitedFor() throws IOException {
    try (Socket socket = connect()) {
      send(socket, post(new Api(service.url(), Map.of()), 1_000_000) + "{\"title\":\"");
      String answer = untilItEnds(socket, "");
      assertThat(answer).startsWith("HTTP/1.1 401");
    }
  }

  @Test
  void anAddressHasFewIncompleteRequestsAndOthersAreServed() throws IOException {
    double before = closed("room");
    List<Socket> halves = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        Socket half = connect();
        halves.add(half);
        send(half, "GET /health HTTP/1.1\r\nHost: x\r\n");
      }
      Eventually.until(Duration.ofSeconds(10), "the oldest to end", () -> closed("room") > before);
      service.admin().get("/api/v1/incidents").expect(200);
    } finally {
      for (Socket half : halves) {
        half.close();
      }
    }
  }

  @Test
  void responsesThatNeedNoCredentialsAreFewWhileTheyAreWritten() throws IOException {
    double before = closed("room");
    Matcher file =
        Pattern.compile("console/[0-9a-f]+/")
            .matcher(
                new Api(service.url(), Map.of("Accept", "text/html")).get("/").expect(200).text());
    assertThat(file.find()).as("the address of the console's files").isTrue();
    List<Socket> readers = new ArrayList<>();
    try {
      // An eighth of the connections may be written to.
      for (int i = 0; i < 60; i++) {
        Socket reader = new Socket();
        readers.add(reader);
        reader.setReceiveBufferSize(4_096);
        reader.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), service.port()));
        // More than fits into the buffers of the operating system.
        send(reader, ("GET /" + file.group() + "editor.js HTTP/1.1\r\nHost: x\r\n\r\n").repeat(20));
      }
      Eventually.until(Duration.ofSeconds(10), "the oldest to end", () -> closed("room") > before);
      service.admin().get("/api/v1/incidents").expect(200);
    } finally {
      for (Socket reader : readers) {
        reader.close();
      }
    }
  }

  @Test
  void theBodiesOfAnAccountTakeAQuarterOfTheBudget() {
    Api api = service.admin();
    Eventually.until(
        Duration.ofSeconds(60),
        "one of two bodies to be refused while the other is read",
        () -> {
          try (Socket first = connect();
              Socket second = connect()) {
            send(first, post(api, 1_000_000) + "{");
            send(second, post(api, 1_000_000) + "{");
            return isRefused(first) != isRefused(second);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    service.admin().open("Of another account");
    Eventually.until(
        Duration.ofSeconds(10),
        "all to be given back",
        () -> metric("nself_incident_inbound_bytes") == 0);
    api.open("Afterwards");
  }

  private static boolean isRefused(Socket socket) throws IOException {
    socket.setSoTimeout(1_000);
    try {
      String answer =
          new String(socket.getInputStream().readNBytes(300), StandardCharsets.US_ASCII);
      return answer.startsWith("HTTP/1.1 429") && answer.contains("Retry-After: 1");
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  private double closed(String reason) {
    return metric("nself_incident_connections_closed_total{reason=\"" + reason + "\"}");
  }

  private double metric(String name) {
    String text = new Api(service.url(), Map.of()).get("/metrics").text();
    Matcher line =
        Pattern.compile("^" + Pattern.quote(name) + " (.*)$", Pattern.MULTILINE).matcher(text);
    assertThat(line.find()).as("metric %s in %s", name, text).isTrue();
    return Double.parseDouble(line.group(1));
  }
}
