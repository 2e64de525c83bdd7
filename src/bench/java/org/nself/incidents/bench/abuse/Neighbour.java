package org.nself.incidents.bench.abuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.bench.Latencies;

/**
 * An account that uses the service as usual while another one is abused: it lists, opens, appends,
 * watches a timeline and runs a runbook, at a fixed rate, whether or not earlier requests have been
 * answered.
 */
final class Neighbour implements AutoCloseable {

  private static final Pattern SEQ = Pattern.compile("\"seq\":(\\d+)");
  private static final Pattern SENT = Pattern.compile("\"message\":\"sent (\\d+)\"");
  private static final String NOTE_RUNBOOK =
      "{\"name\":\"Note\",\"steps\":[{\"key\":\"n\",\"title\":\"n\",\"kind\":\"note\",\"note\":{\"message\":\"hello\"}}]}";

  /** One request; its latency counts from when it was due. */
  static final class Sample {
    final long due;
    volatile int status;
    volatile long micros = -1;

    Sample(long due) {
      this.due = due;
    }

    boolean failed() {
      return status < 200 || status > 299;
    }
  }

  private interface Request {
    Attacker.AttackResponse send() throws IOException, InterruptedException;
  }

  private final Attacker caller;
  private final String incident;
  private final String runbook;
  private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();
  private final Queue<Sample> executions = new ConcurrentLinkedQueue<>();

  /** When each event of the watched timeline was appended, until it is delivered. */
  private final ConcurrentMap<Long, Long> undelivered = new ConcurrentHashMap<>();

  private final Queue<Sample> deliveries = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;
  private volatile @Nullable Socket watch;

  Neighbour(Attacker caller) throws IOException, InterruptedException {
    this.caller = caller;
    this.incident = caller.create("/api/v1/incidents", "{\"title\":\"Watched\"}");
    this.runbook = caller.create("/api/v1/runbooks", NOTE_RUNBOOK);
    String timeline = "/api/v1/incidents/" + incident + "/timeline";
    threads.add(Thread.ofVirtual().start(() -> watch(timeline)));
    every(
        100,
        sample -> measure(samples, sample, () -> caller.get(Attacker.VIEWER, "/api/v1/incidents")));
    every(
        333,
        sample ->
            measure(
                samples,
                sample,
                () -> caller.post(Attacker.USER, "/api/v1/incidents", "{\"title\":\"Ordinary\"}")));
    every(200, sample -> append(timeline, sample));
    every(1_000, this::execute);
  }

  private interface Activity {
    void start(Sample sample);
  }

  private void every(long millis, Activity activity) {
    threads.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  long due = System.nanoTime();
                  while (!closed) {
                    Sample sample = new Sample(due);
                    Thread.ofVirtual().start(() -> activity.start(sample));
                    due += TimeUnit.MILLISECONDS.toNanos(millis);
                    LockSupport.parkNanos(due - System.nanoTime());
                  }
                }));
  }

  private void measure(Queue<Sample> to, Sample sample, Request request) {
    to.add(sample);
    try {
      sample.status = request.send().status();
    } catch (IOException e) {
      sample.status = 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sample.micros = (System.nanoTime() - sample.due) / 1_000;
    }
  }

  private void append(String timeline, Sample sample) {
    undelivered.put(sample.due, sample.due);
    measure(
        samples,
        sample,
        () -> caller.post(Attacker.USER, timeline, "{\"message\":\"sent " + sample.due + "\"}"));
    if (sample.failed()) {
      undelivered.remove(sample.due);
    }
  }

  private void execute(Sample sample) {
    measure(
        executions,
        sample,
        () -> {
          Attacker.AttackResponse started =
              caller.post(Attacker.ADMIN, "/api/v1/runbooks/" + runbook + "/executions", "{}");
          Attacker.AttackResponse execution = started;
          while (!closed
              && execution.status() / 100 == 2
              && execution.text("status").matches("running|waiting")) {
            // Polls as a client over REST does.
            Thread.sleep(50);
            execution =
                caller.get(Attacker.VIEWER, "/api/v1/runbook-executions/" + started.text("id"));
          }
          return execution;
        });
  }

  /** Follows the timeline, resumes after the last event where the connection breaks. */
  private void watch(String timeline) {
    long seq = 0;
    while (!closed) {
      try (Socket socket =
          caller.open(
              Integer.MAX_VALUE,
              0,
              "GET %s?after_seq=%d HTTP/1.1\r\nHost: localhost\r\n%sAccept: text/event-stream\r\n\r\n"
                  .formatted(timeline, seq, caller.credentials(Attacker.VIEWER)))) {
        if (socket == null) {
          continue;
        }
        watch = socket;
        socket.setSoTimeout(0);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          Matcher sent = SENT.matcher(line);
          if (sent.find()) {
            delivered(Long.parseLong(sent.group(1)));
          }
          Matcher number = SEQ.matcher(line);
          if (number.find()) {
            seq = Math.max(seq, Long.parseLong(number.group(1)));
          }
        }
      } catch (IOException e) {
        // Connects again, as any client does.
      } catch (InterruptedException e) {
        return;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
    }
  }

  private void delivered(long due) {
    if (undelivered.remove(due) != null) {
      Sample sample = new Sample(due);
      sample.status = 200;
      sample.micros = (System.nanoTime() - due) / 1_000;
      deliveries.add(sample);
    }
  }

  /**
   * What the account noticed of requests that were due in a time.
   *
   * @param errors requests that got no 2xx, in per cent, those with 503 included
   * @param longestDelivery milliseconds from the append of an event to its delivery
   * @param longestExecution milliseconds of a runbook with one note
   */
  record Figures(
      double p50,
      double p99,
      double errors,
      double unavailable,
      int internalErrors,
      double longestDelivery,
      double longestExecution) {}

  Figures figures(long from, long to) {
    List<Sample> requests = between(samples, from, to);
    return new Figures(
        millis(requests, 0.5),
        millis(requests, 0.99),
        percent(requests.stream().filter(Sample::failed).count(), requests.size()),
        percent(requests.stream().filter(s -> s.status == 503).count(), requests.size()),
        caller.count500(),
        Math.max(
            millis(between(deliveries, from, to), 1),
            undelivered.keySet().stream()
                .filter(due -> due >= from && due < to)
                .mapToDouble(due -> (System.nanoTime() - due) / 1e6)
                .max()
                .orElse(0)),
        millis(between(executions, from, to), 1));
  }

  private static List<Sample> between(Queue<Sample> all, long from, long to) {
    return all.stream().filter(s -> s.due >= from && s.due < to).toList();
  }

  /** Of requests without an answer, the time until now. */
  private static double millis(List<Sample> of, double part) {
    return of.isEmpty()
        ? 0
        : new Latencies(
                of.stream()
                    .mapToLong(s -> s.micros >= 0 ? s.micros : (System.nanoTime() - s.due) / 1_000))
            .millis(part);
  }

  private static double percent(long count, int of) {
    return of == 0 ? 0 : 100.0 * count / of;
  }

  /**
   * Seconds from a time to the first second in which each request succeeds within a limit; negative
   * if there is none yet.
   */
  double secondsToNormal(long from, double limitMillis) {
    long second = TimeUnit.SECONDS.toNanos(1);
    for (long start = from; start + second < System.nanoTime(); start += second / 4) {
      List<Sample> requests = between(samples, start, start + second);
      if (requests.size() >= 10
          && requests.stream()
              .allMatch(s -> s.micros >= 0 && !s.failed() && s.micros <= limitMillis * 1_000)) {
        return (start - from) / 1e9;
      }
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    threads.forEach(Thread::interrupt);
    Socket socket = watch;
    if (socket != null) {
      socket.close();
    }
    caller.close();
  }
}
