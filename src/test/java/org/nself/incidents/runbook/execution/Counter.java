package org.nself.incidents.runbook.execution;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A server that counts requests by their {@code Idempotency-Key} and responds as the path says:
 * {@code /ok}, {@code /status/503}, {@code /fails/2} (so often for a key, then 200), {@code /hang}
 * (until {@link #release}), {@code /hang-once} (the first of a key), {@code /hang-then-status/500}
 * (the same, then that status), {@code /slow/50} (milliseconds), {@code /caching/1} (500 to so many
 * keys, then 200, and the same to a key for ever).
 */
final class Counter implements AutoCloseable {

  /** A received request. */
  record Received(String path, String key, String body, Map<String, List<String>> headers) {}

  private final HttpServer server;
  private final Queue<Received> received = new ConcurrentLinkedQueue<>();
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();
  private final Map<String, Long> arrivals = new ConcurrentHashMap<>();
  private final Map<String, Integer> cachedStatuses = new ConcurrentHashMap<>();
  private final CountDownLatch held = new CountDownLatch(1);

  Counter() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString();
    String key = String.valueOf(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    received.add(new Received(path, key, body, Map.copyOf(exchange.getRequestHeaders())));
    arrivals.putIfAbsent(key, System.nanoTime());
    int count = counts.merge(key, 1, Integer::sum);
    int status = 200;
    String[] words = path.split("/", -1);
    try {
      switch (words[1]) {
        case "status" -> status = Integer.parseInt(words[2]);
        case "fails" -> status = count <= Integer.parseInt(words[2]) ? 500 : 200;
        case "caching" ->
            status =
                cachedStatuses.computeIfAbsent(
                    key, _ -> cachedStatuses.size() < Integer.parseInt(words[2]) ? 500 : 200);
        case "hang" -> held.await();
        case "hang-once" -> {
          if (count == 1) {
            held.await();
          }
        }
        case "hang-then-status" -> {
          if (count == 1) {
            held.await();
          }
          status = Integer.parseInt(words[2]);
        }
        case "slow" -> TimeUnit.MILLISECONDS.sleep(Long.parseLong(words[2]));
        default -> {}
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    byte[] answer =
        "{\"count\":%d,\"deploy\":{\"id\":\"d-7\"}}"
            .formatted(count)
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  /** Responds to the requests that hang. */
  void release() {
    held.countDown();
  }

  List<Received> received() {
    return List.copyOf(received);
  }

  /** The number of requests by key. */
  Map<String, Integer> counts() {
    return counts;
  }

  /** When a key was first received, by {@link System#nanoTime()}; 0 for never. */
  long arrival(String key) {
    return arrivals.getOrDefault(key, 0L);
  }

  /** The number of requests of a step, over all rounds. */
  int count(String execution, String step) {
    String key = execution + ":" + step;
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().equals(key) || entry.getKey().startsWith(key + ":"))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  @Override
  public void close() {
    release();
    server.stop(0);
  }
}
