package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/** What WebSockets may do before connection_init, and how much they may send afterwards. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnknownSocketsTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final TestPostgres postgres;
  private Service service;

  UnknownSocketsTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  @BeforeAll
  void start() {
    service =
        Service.start(
            postgres.createDatabase(),
            Map.of(
                "HEADER_TIMEOUT_SECONDS", "5",
                "MAX_UNKNOWN_CALLERS_PER_ADDRESS", "3",
                "INBOUND_MEMORY_MIB", "10",
                "LISTEN_DATABASE_URL", "off"));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  /** A client that sends arbitrary messages and only waits for the close. */
  private static final class RawSocket implements WebSocket.Listener, AutoCloseable {
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> pong = new CompletableFuture<>();
    private final WebSocket socket;

    RawSocket(String url, Map<String, String> headers) {
      WebSocket.Builder builder = CLIENT.newWebSocketBuilder().subprotocols("graphql-transport-ws");
      headers.forEach(builder::header);
      socket =
          builder.buildAsync(URI.create(url.replaceFirst("^http", "ws") + "/graphql"), this).join();
    }

    /**
     * Waits until the service has counted the socket, which follows its answer to the handshake.
     */
    RawSocket ready() {
      socket.sendPing(ByteBuffer.allocate(0)).join();
      pong.orTimeout(15, TimeUnit.SECONDS).join();
      return this;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer message) {
      from.request(1);
      pong.complete(null);
      return null;
    }

    RawSocket send(String part, boolean last) {
      socket.sendText(part, last).exceptionally(_ -> socket).join();
      return this;
    }

    int closeCode() {
      return closed.orTimeout(15, TimeUnit.SECONDS).join();
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String why) {
      closed.complete(code);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.complete(1006);
    }

    @Override
    public void close() {
      socket.abort();
    }
  }

  private RawSocket unknown() {
    List<RawSocket> opened = new ArrayList<>();
    Eventually.until(
        Duration.ofSeconds(20),
        "room for a WebSocket without credentials",
        () -> {
          try {
            return opened.add(new RawSocket(service.url(), Map.of()));
          } catch (RuntimeException e) {
            return false;
          }
        });
    return opened.getFirst();
  }

  @Test
  void messagesHaveSixteenKibibytesInAllBeforeTheCallerIsKnown() {
    try (RawSocket socket = unknown()) {
      for (int i = 0; i < 20 && !socket.closed.isDone(); i++) {
        socket.send("a".repeat(1_000), false);
      }
      assertThat(socket.closeCode()).isEqualTo(1009);
    }
    try (RawSocket socket = unknown()) {
      for (int i = 0; i < 2_000 && !socket.closed.isDone(); i++) {
        socket.send("{\"type\":\"ping\"}", true);
      }
      assertThat(socket.closeCode()).as("many small messages").isEqualTo(1009);
    }
    try (RawSocket socket = unknown()) {
      for (int i = 0; i < 2_000 && !socket.closed.isDone(); i++) {
        socket.send("", false);
      }
      assertThat(socket.closeCode()).as("many empty parts").isEqualTo(1009);
    }
  }

  /** A part of one byte, masked with zeros. */
  private static final byte[] PART = {0, (byte) 0x81, 0, 0, 0, 0, 'a'};

  @Test
  void aClientThatGoesOnSendingAfterTheCloseIsDisconnected() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), service.port())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("GET /graphql HTTP/1.1\r\n"
                  + "Host: localhost\r\n"
                  + "Upgrade: websocket\r\n"
                  + "Connection: Upgrade\r\n"
                  + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                  + "Sec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
                  + headers(service.admin())
                  + "\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      // A binary message is closed with 1003, and this one never ends.
      out.write(new byte[] {2, (byte) 0x81, 0, 0, 0, 0, 'a'});
      ByteBuffer parts = ByteBuffer.allocate(1_000 * PART.length);
      while (parts.hasRemaining()) {
        parts.put(PART);
      }
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      boolean open = true;
      while (open && System.nanoTime() < deadline) {
        try {
          out.write(parts.array());
        } catch (SocketException ended) {
          open = false;
        }
      }
      assertThat(open).as("whether the client can still send").isFalse();
    }
    service.admin().get("/api/v1/incidents").expect(200);
  }

  private static String headers(Api api) {
    StringBuilder headers = new StringBuilder();
    api.headers()
        .forEach((name, value) -> headers.append(name).append(": ").append(value).append("\r\n"));
    return headers.toString();
  }

  @Test
  void anAddressHasFewSocketsWithoutACaller() {
    try (RawSocket first = unknown();
        RawSocket second = unknown();
        RawSocket third = unknown()) {
      List.of(first, second, third).forEach(RawSocket::ready);
      assertThat(SocketClient.refusal(service.url(), Map.of())).isEqualTo(503);
      try (SocketClient known = SocketClient.open(service.admin())) {
        assertThat(known.isClosed()).as("callers with credentials are not counted").isFalse();
      }
    }
  }

  @Test
  void aSocketThatDoesNotAuthenticateIsClosed() {
    try (RawSocket socket = unknown()) {
      assertThat(socket.closeCode()).isEqualTo(4408);
    }
  }

  @Test
  void aBinaryMessageClosesTheSocket() {
    try (RawSocket socket = new RawSocket(service.url(), service.admin().headers())) {
      socket.socket.sendBinary(ByteBuffer.wrap(new byte[10]), false).join();
      assertThat(socket.closeCode()).isEqualTo(1003);
    }
  }

  @Test
  void unfinishedMessagesOfAnAccountTakeAQuarterOfTheBudget() {
    Api api = service.admin();
    String init = "{\"type\":\"connection_init\"}";
    String half = "{\"type\":\"subscribe\",\"x\":\"" + "a".repeat(900_000);
    try (RawSocket first = new RawSocket(api.url(), api.headers());
        RawSocket second = new RawSocket(api.url(), api.headers());
        SocketClient other = SocketClient.open(service.admin())) {
      first.send(init, true).send(half, false);
      second.send(init, true).send(half, false);
      assertThat(
              CompletableFuture.anyOf(first.closed, second.closed)
                  .orTimeout(15, TimeUnit.SECONDS)
                  .join())
          .isEqualTo(1013);
      other.send("{\"type\":\"ping\",\"payload\":{\"x\":\"" + "a".repeat(900_000) + "\"}}");
      other.expect("pong");
    }
  }

  @Test
  void aMessageOfOneMebibyteIsReadAgainAndAgain() {
    Api api = service.admin();
    try (SocketClient socket = SocketClient.open(api)) {
      for (int i = 0; i < 10; i++) {
        socket.send(
            "{\"type\":\"subscribe\",\"id\":\"%d\",\"payload\":{\"query\":\"{__typename}\",\"variables\":{\"x\":\"%s\"}}}"
                .formatted(i, "ä".repeat(500_000)));
        socket.expect("next");
        socket.expect("complete");
      }
    }
  }
}
