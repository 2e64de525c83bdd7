package org.nself.incidents.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/**
 * Latency and cost of live timelines: the service in a process of its own, an embedded PostgreSQL,
 * and the client in this one, all on the same machine.
 *
 * <p>Arguments: what to measure (idle, latency, writes, limit), then the transport (rest, socket).
 */
final class LiveBench implements AutoCloseable {

  private static final String ACCOUNT = "bench";
  private static final int SUBSCRIBERS = 1_000;
  private static final int INCIDENTS = 100;
  private static final int WRITERS = 16;
  private static final int UNLIMITED = Integer.MAX_VALUE;
  private static final String TOTAL = "Total";

  private final TestPostgres postgres = TestPostgres.start();
  private final ServiceProcess service =
      ServiceProcess.start(
          postgres.createDatabase(),
          Map.of(
              "LIVE_MAX_CONNECTIONS", "100000",
              "LIVE_MAX_SUBSCRIPTIONS", "100000",
              "LOG_LEVEL", "warn",
              "JAVA_TOOL_OPTIONS", "-Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=4"));
  private final Api api = service.as(ACCOUNT);
  private final boolean sockets;

  private LiveBench(boolean sockets) {
    this.sockets = sockets;
  }

  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    String what = arguments.length > 0 ? arguments[0] : "latency";
    boolean sockets = arguments.length > 1 && arguments[1].equals("socket");
    try (LiveBench bench = new LiveBench(sockets)) {
      switch (what) {
        case "idle" -> bench.idle(number(arguments, 2, 10_000));
        case "latency" -> bench.latency(number(arguments, 2, 100), number(arguments, 3, 20));
        case "writes" -> bench.writes();
        case "limit" -> {
          int rate = 100;
          while (rate <= 6_400 && bench.latency(rate, 10) <= 250) {
            rate *= 2;
          }
        }
        default -> throw new IllegalArgumentException("idle, latency, writes or limit");
      }
    }
    System.exit(0);
  }

  private static int number(String[] arguments, int index, int otherwise) {
    return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
  }

  private List<String> incidents() {
    return IntStream.range(0, INCIDENTS).mapToObj(i -> api.open("Incident " + i)).toList();
  }

  /** Connections spread evenly over the incidents, after the first event of each. */
  private Subscribers subscribe(List<String> incidents, int connections) throws IOException {
    Subscribers subscribers = new Subscribers(service.port());
    String headers =
        "Authorization: %s\r\nX-Source-Account-Id: %s\r\n"
            .formatted(api.headers().get("Authorization"), ACCOUNT);
    for (int i = 0; i < connections; i++) {
      String incident = incidents.get(i % INCIDENTS);
      if (sockets) {
        subscribers.socket(
            "subscription { timelineEvents(incidentId: \\\"%s\\\", afterSeq: 1) { seq kind message actor recordedAt } }"
                .formatted(incident),
            headers);
      } else {
        subscribers.stream(
            "/api/v1/incidents/%s/timeline?after_seq=1".formatted(incident), headers);
      }
    }
    return subscribers;
  }

  private void idle(int connections) throws IOException {
    List<String> incidents = incidents();
    subscribe(incidents, 200).close();
    pause(3_000);
    Map<String, Long> before = heap();
    long residentBefore = Commands.memory(service.pid(), "VmRSS");
    try (Subscribers subscribers = subscribe(incidents, connections)) {
      pause(3_000);
      Map<String, Long> grown = heap();
      grown.replaceAll((name, bytes) -> bytes - before.getOrDefault(name, 0L));
      Report.progress(
          "%,d idle subscriptions by %s: %.1f KiB of heap each, %.1f KiB resident each",
          subscribers.size(),
          transport(),
          grown.getOrDefault(TOTAL, 0L) / 1024.0 / connections,
          (double) (Commands.memory(service.pid(), "VmRSS") - residentBefore) / connections);
      grown.entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .skip(1)
          .limit(20)
          .forEach(
              type ->
                  Report.progress(
                      "%,10d bytes each: %s", type.getValue() / connections, type.getKey()));
    }
  }

  private String transport() {
    return sockets ? "WebSocket" : "SSE";
  }

  /** Bytes after a collection, by class and in total. */
  private Map<String, Long> heap() {
    Map<String, Long> bytes = new HashMap<>();
    Commands.jdk("jcmd", String.valueOf(service.pid()), "GC.class_histogram")
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .forEach(
            line -> {
              // "Total", instances, bytes; or a number, instances, bytes, class
              if (line[0].equals(TOTAL)) {
                bytes.put(TOTAL, Long.parseLong(line[2]));
              } else if (line[0].endsWith(":") && line.length > 3 && line[2].matches("\\d+")) {
                bytes.merge(line[3], Long.parseLong(line[2]), Long::sum);
              }
            });
    return bytes;
  }

  /** Prints the latency at a rate of writes and returns its p99 in milliseconds. */
  private double latency(int rate, int seconds) throws Exception {
    List<String> incidents = incidents();
    try (Subscribers subscribers = subscribe(incidents, SUBSCRIBERS)) {
      subscribers.start();
      write(incidents, Math.min(rate, 200), 5);
      subscribers.measure();
      long before = subscribers.received();
      double written = write(incidents, rate, seconds);
      pause(500);
      long delivered = subscribers.received() - before;
      Latencies latencies = subscribers.stop();
      Report.progress(
          "%,d subscribers by %s on %d incidents, %.0f events/s, %,.0f deliveries/s: %s",
          subscribers.size(),
          transport(),
          INCIDENTS,
          written,
          delivered / (double) seconds,
          latencies);
      return latencies.millis(0.99);
    }
  }

  private void writes() throws Exception {
    List<String> incidents = incidents();
    write(incidents, UNLIMITED, 8);
    for (int round = 0; round < 3; round++) {
      double none = write(incidents, UNLIMITED, 8);
      double idle;
      // Incidents without events to replay.
      try (Subscribers subscribers = subscribe(incidents(), INCIDENTS)) {
        subscribers.start();
        idle = write(incidents, UNLIMITED, 8);
      }
      List<String> watched = incidents();
      try (Subscribers subscribers = subscribe(watched, SUBSCRIBERS)) {
        subscribers.start();
        double delivering = write(watched, UNLIMITED, 8);
        Report.progress(
            "writes/s by HTTP, %d writers: %,.0f without subscriptions; %,.0f beside %d idle"
                + " subscriptions (%.2f); %,.0f with %d subscribers on each incident (%.2f), %,d"
                + " events delivered",
            WRITERS,
            none,
            idle,
            INCIDENTS,
            idle / none,
            delivering,
            SUBSCRIBERS / INCIDENTS,
            delivering / none,
            subscribers.received());
      }
    }
  }

  /** Writes notes by HTTP for so long, at this rate at most; returns the rate reached. */
  private double write(List<String> incidents, int rate, int seconds) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    long start = System.nanoTime();
    List<Future<Long>> counts = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        counts.add(
            threads.submit(
                () -> {
                  long count = 0;
                  for (int i = writer; ; i += WRITERS) {
                    long due = start + (long) (i * 1e9 / rate);
                    LockSupport.parkNanos(due - System.nanoTime());
                    if (over.get()) {
                      return count;
                    }
                    api.post(
                            "/api/v1/incidents/" + incidents.get(i % INCIDENTS) + "/timeline",
                            "{\"message\":\"What somebody has to say about it\"}")
                        .expect(201);
                    count++;
                  }
                }));
      }
      pause(TimeUnit.SECONDS.toMillis(seconds));
      over.set(true);
    }
    long total = 0;
    for (Future<Long> count : counts) {
      total += count.get();
    }
    return total / ((System.nanoTime() - start) / 1e9);
  }

  private static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Override
  public void close() throws IOException {
    service.close();
    postgres.close();
  }
}
