package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
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
 * What live timelines cost: the service in a process of its own, an embedded PostgreSQL, and the
 * client in this one, all on the same machine.
 *
 * <p>Arguments: what to measure (idle, latency, writes, limit), then the transport (rest, socket).
 */
final class LiveBench implements AutoCloseable {

  private static final String ACCOUNT = "bench";
  private static final int SUBSCRIBERS = 1_000;
  private static final int INCIDENTS = 100;
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
    String what = arguments.length > 0 ? arguments[0] : "latency";
    boolean sockets = arguments.length > 1 && arguments[1].equals("socket");
    try (LiveBench bench = new LiveBench(sockets)) {
      switch (what) {
        case "idle" -> bench.idle(number(arguments, 2, 10_000));
        case "latency" -> bench.latency(number(arguments, 2, 100), number(arguments, 3, 20));
        case "writes" -> bench.writes();
        case "limit" -> bench.limit();
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

  private void connect(Watchers watchers, String incident) throws IOException {
    String token = api.headers().get("Authorization");
    if (sockets) {
      watchers.connect(
          service.port(),
          ("GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                  + "Sec-WebSocket-Protocol: graphql-transport-ws\r\nAuthorization: "
                  + token
                  + "\r\nX-Source-Account-Id: "
                  + ACCOUNT
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII),
          frames(
              "{\"type\":\"connection_init\"}",
              "{\"type\":\"subscribe\",\"id\":\"a\",\"payload\":{\"query\":\"subscription {"
                  + " timelineEvents(incidentId: \\\""
                  + incident
                  + "\\\", afterSeq: 1) { seq kind message actor recordedAt } }\"}}"));
    } else {
      watchers.connect(
          service.port(),
          ("GET /api/v1/incidents/"
                  + incident
                  + "/timeline?after_seq=1 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
                  + "Authorization: "
                  + token
                  + "\r\nX-Source-Account-Id: "
                  + ACCOUNT
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII),
          new byte[0]);
    }
  }

  /** Text frames, masked with zeros (RFC 6455, section 5.2). */
  private static byte[] frames(String... messages) {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    for (String message : messages) {
      byte[] text = message.getBytes(StandardCharsets.UTF_8);
      out.write(0x81);
      if (text.length < 126) {
        out.write(0x80 | text.length);
      } else {
        out.write(0x80 | 126);
        out.write(text.length >> 8);
        out.write(text.length);
      }
      out.writeBytes(new byte[4]);
      out.writeBytes(text);
    }
    return out.toByteArray();
  }

  private void idle(int subscribers) throws Exception {
    List<String> incidents = incidents();
    try (Watchers warm = new Watchers()) {
      for (int i = 0; i < 200; i++) {
        connect(warm, incidents.get(i % INCIDENTS));
      }
    }
    pause(3_000);
    Map<String, Long> before = heap();
    long residentBefore = resident();
    try (Watchers watchers = new Watchers()) {
      for (int i = 0; i < subscribers; i++) {
        connect(watchers, incidents.get(i % INCIDENTS));
      }
      pause(3_000);
      Map<String, Long> after = heap();
      long heap = after.getOrDefault(TOTAL, 0L) - before.getOrDefault(TOTAL, 0L);
      System.out.printf(
          Locale.ROOT,
          "%,d idle subscriptions by %s: %.1f KiB of heap each, %.1f KiB resident each%n",
          subscribers,
          transport(),
          heap / 1024.0 / subscribers,
          (resident() - residentBefore) / 1024.0 / subscribers);
      after.replaceAll((name, bytes) -> bytes - before.getOrDefault(name, 0L));
      after.entrySet().stream()
          .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
          .skip(1)
          .limit(20)
          .forEach(
              grown ->
                  System.out.printf(
                      Locale.ROOT,
                      "%,10d bytes each: %s%n",
                      grown.getValue() / subscribers,
                      grown.getKey()));
    }
  }

  private String transport() {
    return sockets ? "WebSocket" : "SSE";
  }

  /** Bytes by class after a collection, and in all. */
  private Map<String, Long> heap() throws Exception {
    Map<String, Long> bytes = new HashMap<>();
    run("jcmd", String.valueOf(service.pid()), "GC.class_histogram")
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

  private long resident() throws IOException {
    return java.nio.file.Files.readAllLines(
                java.nio.file.Path.of("/proc/" + service.pid() + "/status"))
            .stream()
            .filter(line -> line.startsWith("VmRSS"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow()
        * 1024;
  }

  private static String run(String... command) throws IOException {
    List<String> full = new ArrayList<>(List.of(command));
    full.set(
        0, java.nio.file.Path.of(System.getProperty("java.home"), "bin", command[0]).toString());
    Process process = new ProcessBuilder(full).redirectErrorStream(true).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void latency(int rate, int seconds) throws Exception {
    List<String> incidents = incidents();
    try (Watchers watchers = watching(incidents)) {
      write(incidents, Math.min(rate, 200), 5);
      watchers.measure();
      long before = watchers.received();
      double written = write(incidents, rate, seconds);
      pause(500);
      report(watchers, written, watchers.received() - before, seconds);
    }
  }

  private Watchers watching(List<String> incidents) throws IOException {
    Watchers watchers = new Watchers();
    for (int i = 0; i < SUBSCRIBERS; i++) {
      connect(watchers, incidents.get(i % INCIDENTS));
    }
    watchers.start();
    return watchers;
  }

  private double report(Watchers watchers, double written, long delivered, int seconds)
      throws IOException {
    long[] micros = watchers.stop();
    double p99 = micros[(int) (micros.length * 0.99)] / 1000.0;
    System.out.printf(
        Locale.ROOT,
        "%,d subscribers by %s on %d incidents, %.0f events/s, %,.0f deliveries/s: p50 %.1f ms, p99"
            + " %.1f ms, longest %.1f ms%n",
        watchers.size(),
        transport(),
        INCIDENTS,
        written,
        delivered / (double) seconds,
        micros[micros.length / 2] / 1000.0,
        p99,
        micros[micros.length - 1] / 1000.0);
    return p99;
  }

  private void writes() throws Exception {
    List<String> incidents = incidents();
    write(incidents, Integer.MAX_VALUE, 8);
    for (int round = 0; round < 3; round++) {
      double none = write(incidents, Integer.MAX_VALUE, 8);
      double watched;
      try (Watchers watchers = new Watchers()) {
        // From the end, so that what is measured is not the replay.
        for (int i = 0; i < INCIDENTS; i++) {
          connect(watchers, api.open("Quiet"));
        }
        watchers.start();
        watched = write(incidents, Integer.MAX_VALUE, 8);
      }
      List<String> fresh = incidents();
      double delivering;
      long delivered;
      try (Watchers watchers = watching(fresh)) {
        delivering = write(fresh, Integer.MAX_VALUE, 8);
        delivered = watchers.received();
      }
      System.out.printf(
          Locale.ROOT,
          "writes/s by HTTP, 16 writers: %,.0f unwatched; %,.0f beside %d idle subscriptions"
              + " (%.2f); %,.0f with 10 subscribers on each incident (%.2f), %,d events"
              + " delivered%n",
          none,
          watched,
          INCIDENTS,
          watched / none,
          delivering,
          delivering / none,
          delivered);
    }
  }

  private void limit() throws Exception {
    for (int rate = 100; rate <= 6_400; rate *= 2) {
      List<String> incidents = incidents();
      try (Watchers watchers = watching(incidents)) {
        write(incidents, 100, 2);
        watchers.measure();
        long before = watchers.received();
        double written = write(incidents, rate, 10);
        long delivered = watchers.received() - before;
        if (report(watchers, written, delivered, 10) > 250) {
          return;
        }
      }
    }
  }

  /** Writes notes by HTTP for so long, at most at that rate, and gives the rate reached. */
  private double write(List<String> incidents, int rate, int seconds)
      throws InterruptedException, ExecutionException {
    int writers = 16;
    AtomicBoolean over = new AtomicBoolean();
    long start = System.nanoTime();
    List<Future<Long>> counts = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int w = 0; w < writers; w++) {
        int writer = w;
        counts.add(
            threads.submit(
                () -> {
                  long count = 0;
                  for (int i = writer; !over.get(); i += writers) {
                    long due = start + (long) (i * 1e9 / rate);
                    long wait = due - System.nanoTime();
                    if (wait > 0) {
                      LockSupport.parkNanos(wait);
                    }
                    if (over.get()) {
                      break;
                    }
                    api.post(
                            "/api/v1/incidents/" + incidents.get(i % INCIDENTS) + "/timeline",
                            "{\"message\":\"What somebody has to say about it\"}")
                        .expect(201);
                    count++;
                  }
                  return count;
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
