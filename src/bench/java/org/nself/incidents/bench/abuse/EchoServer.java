package org.nself.incidents.bench.abuse;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** A server for HTTP steps: returns the credentials it is sent, never ends, or never answers. */
final class EchoServer implements AutoCloseable {

  /** Each returns the token of the request in another form. */
  static final List<String> ECHOES =
      List.of("plain", "json", "slash", "escaped", "lower", "cut", "error");

  private static final int CUT = 64 << 10;

  private final HttpServer server;
  private final AtomicInteger echoed = new AtomicInteger();

  EchoServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 256);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String authority() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  String url(String path) {
    return "http://" + authority() + "/" + path;
  }

  /** How many requests with a token were answered. */
  int echoed() {
    return echoed.get();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
      String token = exchange.getRequestHeaders().getFirst("Authorization");
      if (token != null) {
        echoed.incrementAndGet();
        token = token.substring(token.lastIndexOf(' ') + 1);
      } else {
        token = "";
      }
      String quoted = token.replace("\\", "\\\\").replace("\"", "\\\"");
      switch (exchange.getRequestURI().getPath().substring(1)) {
        // A server that does not answer, for longer than any attack lasts.
        case "hang" -> Thread.sleep(600_000);
        case "endless" -> {
          exchange.sendResponseHeaders(200, 0);
          byte[] part = "z".repeat(8_192).getBytes(StandardCharsets.US_ASCII);
          while (true) {
            exchange.getResponseBody().write(part);
          }
        }
        case "json" -> send(exchange, 200, "application/json", "{\"t\":\"" + quoted + "\"}");
        case "slash" ->
            send(
                exchange,
                200,
                "application/json",
                "{\"t\":\"" + quoted.replace("/", "\\/") + "\"}");
        case "escaped" ->
            send(
                exchange,
                200,
                "application/json",
                token
                    .chars()
                    .mapToObj("\\u%04x"::formatted)
                    .collect(Collectors.joining("", "{\"t\":\"", "\"}")));
        case "lower" ->
            send(
                exchange,
                200,
                "text/plain",
                URLEncoder.encode(token, StandardCharsets.UTF_8).toLowerCase());
        case "cut" -> send(exchange, 200, "text/plain", "x".repeat(CUT - 12) + token);
        case "error" -> send(exchange, 400, "text/plain", "no such token: " + token);
        default -> send(exchange, 200, "text/plain", token);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", type);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
