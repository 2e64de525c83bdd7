package org.nself.incidents.runbook.execution;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;
import org.nself.incidents.testing.Waiting;

/**
 * What executions cost: the service in a process of its own, an embedded PostgreSQL, and the server
 * that steps call and the clients in this one, all on the same machine.
 *
 * <p>Arguments: what to measure (steps, latency), then how many executions.
 */
final class RunbookBench implements AutoCloseable {

  private static final String ACCOUNT = "bench";
  private static final int AT_ONCE = 100;
  private static final int STEPS = 20;

  private final TestPostgres postgres = TestPostgres.start();
  private final String database = postgres.createDatabase();
  private final Counter server = new Counter();
  private final ServiceProcess service =
      ServiceProcess.start(
          database,
          Map.of(
              "ALLOWED_PRIVATE_HOSTS", "127.0.0.1",
              "RUNBOOK_MAX_EXECUTIONS", "1000000",
              "RUNBOOK_WORKERS", "100",
              "LOG_LEVEL", "warn",
              "JAVA_TOOL_OPTIONS", "-Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=4"));
  private final Playing play = new Playing(service.as(ACCOUNT));

  public static void main(String[] arguments) throws IOException {
    String what = arguments.length > 0 ? arguments[0] : "steps";
    int executions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    try (RunbookBench bench = new RunbookBench()) {
      switch (what) {
        case "steps" -> {
          bench.steps("warm-up", bench.http(), executions / 2);
          bench.steps("HTTP", bench.http(), executions);
          bench.steps("NOTE", bench.notes(), executions);
        }
        case "latency" -> {
          bench.latency("warm-up", executions);
          bench.latency("100 at a time", executions);
        }
        default -> throw new IllegalArgumentException("steps or latency");
      }
    }
    System.exit(0);
  }

  private String http() {
    return IntStream.range(0, STEPS)
        .mapToObj(
            i ->
                "{'title':'s%d','kind':'http','http':{'method':'post','url':'%s'}}"
                    .formatted(i, server.url("/ok")))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private String notes() {
    return IntStream.range(0, STEPS)
        .mapToObj(i -> "{'title':'s%d','kind':'note','note':{'message':'m'}}".formatted(i))
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** Steps a second, with so many executions at a time. */
  private void steps(String what, String steps, int executions) {
    String runbook = play.runbook(steps);
    String incident = play.api().open("Benchmark");
    long start = System.nanoTime();
    run(runbook, incident, executions);
    Waiting.until(
        Duration.ofMinutes(10),
        "all to be finished",
        () -> number("select count(*) from np_runbook_executions where finished_at is null") == 0);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%s: %d executions of %d steps in %.1f s: %.0f steps/s%n",
        what, executions, STEPS, seconds, executions * STEPS / seconds);
  }

  /** From before the request that starts an execution to the arrival of its first step's. */
  private void latency(String what, int executions) {
    String runbook =
        play.runbook(
            "[{'key':'first','title':'First','kind':'http','http':{'method':'post','url':'"
                + server.url("/slow/50")
                + "'}}]");
    Map<String, Long> began = new ConcurrentHashMap<>();
    Semaphore atOnce = new Semaphore(AT_ONCE);
    AtomicInteger done = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < executions; i++) {
        atOnce.acquireUninterruptibly();
        threads.execute(
            () -> {
              long start = System.nanoTime();
              String id = play.start(runbook);
              began.put(id + ":first", start);
              Waiting.until(
                  Duration.ofMinutes(1),
                  "the first step",
                  () -> server.arrival(id + ":first") != 0);
              done.incrementAndGet();
              atOnce.release();
            });
      }
    }
    long[] micros =
        began.entrySet().stream()
            .mapToLong(entry -> (server.arrival(entry.getKey()) - entry.getValue()) / 1_000)
            .sorted()
            .toArray();
    System.out.printf(
        "%s: %d executions, start to first step: p50 %.1f ms, p99 %.1f ms, max %.1f ms%n",
        what,
        done.get(),
        micros[micros.length / 2] / 1e3,
        micros[(int) (micros.length * 0.99)] / 1e3,
        Arrays.stream(micros).max().orElse(0) / 1e3);
  }

  private void run(String runbook, String incident, int executions) {
    Semaphore atOnce = new Semaphore(16);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < executions; i++) {
        atOnce.acquireUninterruptibly();
        threads.execute(
            () -> {
              play.start(runbook, "{'incident_id':'" + incident + "'}");
              atOnce.release();
            });
      }
    }
  }

  private int number(String sql) {
    try (Connection connection = TestPostgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getInt(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
    server.close();
    postgres.close();
  }
}
