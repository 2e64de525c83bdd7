package org.nself.incidents.security.jwt;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** An issuer's {@code jwk_url}, on a free port. */
final class JwksServer implements AutoCloseable {

  private final HttpServer server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Answer answer = new Answer(404, "", Map.of());
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean holdsInTheMiddle;

  private record Answer(int status, String body, Map<String, String> headers) {}

  JwksServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::serve);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  private void serve(HttpExchange exchange) throws IOException {
    Answer current = answer;
    requests.incrementAndGet();
    try (exchange) {
      if (!holdsInTheMiddle) {
        gate.await();
      }
      current.headers.forEach(exchange.getResponseHeaders()::set);
      byte[] body = current.body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(current.status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().flush();
      gate.await();
      exchange.getResponseBody().write(body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/jwks.json";
  }

  /** How many requests have come. */
  int requests() {
    return requests.get();
  }

  /** Publishes these keys from now on, to be kept this long. */
  void publish(String cacheControl, SigningKey... keys) {
    answer(200, jwks(keys), Map.of("Cache-Control", cacheControl));
  }

  void answer(int status, String body, Map<String, String> headers) {
    answer = new Answer(status, body, headers);
  }

  static String jwks(SigningKey... keys) {
    return Arrays.stream(keys)
        .map(SigningKey::jwk)
        .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
  }

  /** Holds all answers back until {@link #release}. */
  void hold() {
    gate = new CountDownLatch(1);
  }

  /** Holds all bodies back, but not the headers before them. */
  void holdBodies() {
    holdsInTheMiddle = true;
    hold();
  }

  void release() {
    gate.countDown();
  }

  @Override
  public void close() {
    release();
    server.stop(0);
  }
}
