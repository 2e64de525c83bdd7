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

/** An issuer that serves a {@code jwk_url} on a free port. */
final class JwksServer implements AutoCloseable {

  private final HttpServer server;
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Response response = new Response(404, "", Map.of());
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean holdsBodiesOnly;

  private record Response(int status, String body, Map<String, String> headers) {}

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
    Response current = response;
    requests.incrementAndGet();
    try (exchange) {
      if (!holdsBodiesOnly) {
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

  /** The number of requests so far. */
  int requests() {
    return requests.get();
  }

  /** Serves these keys from now on. */
  void publish(String cacheControl, SigningKey... keys) {
    respond(200, jwks(keys), Map.of("Cache-Control", cacheControl));
  }

  void respond(int status, String body, Map<String, String> headers) {
    response = new Response(status, body, headers);
  }

  static String jwks(SigningKey... keys) {
    return Arrays.stream(keys)
        .map(SigningKey::jwk)
        .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
  }

  /** Delays all responses until {@link #release}. */
  void hold() {
    gate = new CountDownLatch(1);
  }

  /** Delays all bodies until {@link #release}, but not the headers. */
  void holdBodies() {
    holdsBodiesOnly = true;
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
