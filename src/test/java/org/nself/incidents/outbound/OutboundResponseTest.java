package org.nself.incidents.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.outbound.OutboundFailure.Kind;

/** Responses of servers, valid and invalid. */
class OutboundResponseTest {

  private static final Duration SHORT = Duration.ofMillis(700);

  private static OutboundRequest within(String url) {
    return new OutboundRequest("primary", "GET", url, Map.of(), null, SHORT);
  }

  @Test
  void aRequestIsSentUnchangedAndTheResponseIsReturned() throws Exception {
    ByteArrayOutputStream received = new ByteArrayOutputStream();
    try (RawServer server =
            new RawServer(
                (_, in, out) -> {
                  received.write(in.readNBytes(6));
                  out.write(
                      RawServer.bytes(
                          "HTTP/1.1 201 Created\nX-A: 1\nx-a: 2\nContent-Length: 2\n\n{}"));
                });
        OutboundHttp http = Client.unrestricted()) {
      OutboundResponse response =
          http.send(
              new OutboundRequest(
                  "primary",
                  "POST",
                  server.url("/a%20b?c=d&e=%2F"),
                  Map.of("Authorization", "Bearer x", "Idempotency-Key", "1:a"),
                  "\u00e4\u00f6\u00fc",
                  Client.LONG));
      assertThat(response.status()).isEqualTo(201);
      assertThat(response.body()).isEqualTo("{}");
      assertThat(response.truncated()).isFalse();
      assertThat(response.headers()).containsEntry("x-a", "1, 2");
      assertThat(received.toString(StandardCharsets.UTF_8)).isEqualTo("\u00e4\u00f6\u00fc");
      assertThat(server.heads().getFirst())
          .startsWith("POST /a%20b?c=d&e=%2F HTTP/1.1\r\n")
          .contains("Host: 127.0.0.1:" + server.port() + "\r\n")
          .contains("Authorization: Bearer x\r\n", "Idempotency-Key: 1:a\r\n")
          .contains("Content-Length: 6\r\n", "Connection: close\r\n")
          .doesNotContain("gzip", "Cookie");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304, 400, 404, 500, 503})
  void everyStatusIsReturned(int status) throws Exception {
    try (RawServer server =
            RawServer.answering("HTTP/1.1 " + status + " X\nContent-Length: 0\n\n");
        OutboundHttp http = Client.unrestricted()) {
      assertThat(http.send(Client.get(server.url("/"))).status()).isEqualTo(status);
      assertThat(server.heads()).as("requests, of which none is repeated").hasSize(1);
    }
  }

  /** Lookups go on after their requests have timed out. */
  @Test
  void namesThatAreNotResolvedLeaveLookupsToOtherAccounts() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(32);
    DnsResolver.Resolver resolver =
        name -> {
          if (name.equals("hangs.example")) {
            started.countDown();
            await(end);
          }
          return new InetAddress[] {InetAddress.getLoopbackAddress()};
        };
    try (DnsResolver dns = new DnsResolver(resolver)) {
      List<Thread> waiting = new ArrayList<>();
      for (int i = 0; i < 96; i++) {
        waiting.add(
            Thread.ofVirtual()
                .start(
                    () ->
                        assertThatThrownBy(() -> dns.resolve("busy", "hangs.example"))
                            .isInstanceOf(InterruptedException.class)));
      }
      started.await();
      for (Thread thread : waiting) {
        thread.interrupt();
        thread.join();
      }
      assertTimeoutPreemptively(
          Duration.ofSeconds(20), () -> dns.resolve("neighbour", "localhost"), "another account");
      end.countDown();
      assertThat(dns.resolve("busy", "localhost")).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"name", "connect", "head", "line", "headers", "body", "chunks"})
  void theTimeoutCoversEveryPhase(String where) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    DnsResolver.Resolver resolver =
        name -> {
          if (where.equals("name")) {
            await(end);
          }
          // An address whose packets are dropped: of the benchmark range, which is not routed.
          return new InetAddress[] {
            where.equals("connect")
                ? InetAddress.ofLiteral("198.18.0.1")
                : InetAddress.getLoopbackAddress()
          };
        };
    try (RawServer server =
            new RawServer(
                (_, _, out) -> {
                  switch (where) {
                    case "line" -> trickle(out, "HTTP/1.1 200 " + "K".repeat(999), end);
                    case "headers" -> trickle(out, "HTTP/1.1 200 OK\r\nX: " + "x".repeat(999), end);
                    case "body" -> {
                      out.write(RawServer.bytes("HTTP/1.1 200 OK\n\n"));
                      trickle(out, "x".repeat(999), end);
                    }
                    case "chunks" -> {
                      out.write(RawServer.bytes("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n"));
                      trickle(out, "1\r\nx\r\n".repeat(999), end);
                    }
                    default -> await(end);
                  }
                });
        OutboundHttp http = Client.with(new DestinationPolicy(true, Set.of()), resolver)) {
      boolean before = where.equals("name") || where.equals("connect");
      // Long enough that a busy machine has sent the request by then.
      Duration timeout = before ? SHORT : Duration.ofSeconds(3);
      String url = "http://slow.example:" + server.port() + "/";
      long start = System.nanoTime();
      OutboundFailure failure =
          Client.failure(http, new OutboundRequest("primary", "GET", url, Map.of(), null, timeout));
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertThat(failure.kind()).isEqualTo(before ? Kind.NOT_SENT : Kind.TIMED_OUT);
      if (!where.equals("connect")) {
        // A network may refuse that address at once.
        assertThat(failure).hasMessageContaining(before ? "within 700 ms" : "within 3 s");
        assertThat(millis)
            .as("milliseconds")
            .isBetween(timeout.toMillis() - 50, timeout.toMillis() + 10_000);
      }
    } finally {
      end.countDown();
    }
  }

  /** Sends byte by byte, faster than a timeout per read would expire. */
  private static void trickle(OutputStream out, String text, CountDownLatch end)
      throws IOException {
    try {
      for (byte b : text.getBytes(StandardCharsets.US_ASCII)) {
        out.write(b);
        out.flush();
        if (end.await(50, java.util.concurrent.TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void await(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anEndlessResponseIsTruncated(boolean chunked) throws Exception {
    try (RawServer server =
            new RawServer(
                (_, _, out) -> {
                  out.write(
                      RawServer.bytes(
                          "HTTP/1.1 200 OK\n%s\n"
                              .formatted(chunked ? "Transfer-Encoding: chunked\n" : "")));
                  byte[] piece = RawServer.bytes((chunked ? "400\n" : "") + "\u00fc".repeat(1_024));
                  while (true) {
                    out.write(piece);
                    if (chunked) {
                      out.write(RawServer.bytes("\n"));
                    }
                  }
                });
        OutboundHttp http = Client.unrestricted()) {
      OutboundResponse response = http.send(Client.get(server.url("/")));
      assertThat(response.truncated()).isTrue();
      assertThat(response.body().length())
          .isBetween(ResponseBody.MAX_BYTES - 1, ResponseBody.MAX_BYTES);
      assertThat(response.took()).isLessThan(Client.LONG.minusSeconds(5));
    }
  }

  @Test
  void aCompressionBombIsDecompressedUpToTheLimit() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      byte[] zeros = new byte[1024 * 1024];
      for (int i = 0; i < 200; i++) {
        gzip.write(zeros);
      }
    }
    try (RawServer server =
            new RawServer(
                (_, _, out) -> {
                  out.write(
                      RawServer.bytes(
                          "HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: %d\n\n"
                              .formatted(packed.size())));
                  packed.writeTo(out);
                });
        OutboundHttp http = Client.unrestricted()) {
      OutboundResponse response = http.send(Client.get(server.url("/")));
      assertThat(response.truncated()).isTrue();
      assertThat(response.body())
          .isEqualTo("\0".repeat(ResponseBody.MAX_BYTES).replace('\0', '\ufffd'));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain, e4, \ufffd",
    "text/plain; charset=ISO-8859-1, e4, \u00e4",
    "text/plain; charset=\"iso-8859-15\", a4, \u20ac",
    "application/json, c3a4, \u00e4",
    "text/plain; charset=no-such, c3a4, \u00e4",
    "text/plain; charset=../x, c3a4, \u00e4",
    "text/plain, 610062, a\ufffdb",
  })
  void aBodyIsDecodedInItsCharset(String type, String hex, String expected) throws Exception {
    byte[] body = java.util.HexFormat.of().parseHex(hex);
    try (RawServer server =
            new RawServer(
                (_, _, out) -> {
                  out.write(
                      RawServer.bytes(
                          "HTTP/1.1 200 OK\nContent-Type: %s\nContent-Length: %d\n\n"
                              .formatted(type, body.length)));
                  out.write(body);
                });
        OutboundHttp http = Client.unrestricted()) {
      assertThat(http.send(Client.get(server.url("/"))).body()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1 200 OK\nContent-Length: 10\n\nshort",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nab",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\nab",
        "HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 4\n\nabcd",
        "HTTP/1.1 200 OK\nContent-Encoding: br\nContent-Length: 4\n\nabcd",
        "HTTP/1.1 200 OK\nContent-Length: -5\n\n",
        "HTTP/1.1 200 OK\nContent-Length: x\n\n",
        "SSH-2.0-OpenSSH_9.6\n",
        "HTTP/1.1 abc OK\n\n",
      })
  void anInvalidResponseIsAConnectionLost(String response) throws Exception {
    try (RawServer server = RawServer.answering(response);
        OutboundHttp http = Client.unrestricted()) {
      OutboundFailure failure = Client.failure(http, Client.get(server.url("/")));
      assertThat(failure).as(response).isNotNull();
      assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.CONNECTION_LOST);
      assertThat(server.heads()).as("requests, of which none is repeated").hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"many", "long"})
  void endlessHeadersAreAConnectionLost(String how) throws Exception {
    String headers = how.equals("many") ? "X: y\n".repeat(200) : "X: " + "y".repeat(40_000) + "\n";
    try (RawServer server = RawServer.answering("HTTP/1.1 200 OK\n" + headers + "\n");
        OutboundHttp http = Client.unrestricted()) {
      assertThat(Client.failure(http, Client.get(server.url("/"))).kind())
          .isEqualTo(Kind.CONNECTION_LOST);
    }
  }

  @Test
  void aRefusedConnectionIsNotSent() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (OutboundHttp http = Client.unrestricted()) {
      OutboundFailure failure =
          Client.failure(http, Client.get("http://127.0.0.1:" + port + "/?token=hidden"));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
      assertThat(failure).hasMessageNotContaining("hidden");
    }
  }

  @Test
  void aFailedTlsHandshakeIsNotSent() throws Exception {
    try (RawServer server = RawServer.answering("HTTP/1.1 200 OK\n\n");
        OutboundHttp http = Client.unrestricted()) {
      OutboundFailure failure =
          Client.failure(http, within("https://127.0.0.1:" + server.port() + "/"));
      assertThat(failure.kind()).isEqualTo(Kind.NOT_SENT);
    }
  }

  @Test
  void anInterruptEndsTheCall() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    try (RawServer server =
            new RawServer(
                (_, _, _) -> {
                  asked.countDown();
                  await(end);
                });
        OutboundHttp http = Client.unrestricted()) {
      java.util.concurrent.CompletableFuture<OutboundFailure> failure =
          new java.util.concurrent.CompletableFuture<>();
      Thread caller =
          Thread.ofVirtual()
              .start(() -> failure.complete(Client.failure(http, Client.get(server.url("/")))));
      asked.await();
      caller.interrupt();
      assertThat(failure.get(20, java.util.concurrent.TimeUnit.SECONDS).kind())
          .isEqualTo(Kind.CONNECTION_LOST);
    } finally {
      end.countDown();
    }
  }
}
