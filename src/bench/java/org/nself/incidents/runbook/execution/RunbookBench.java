package org.nself.incidents.runbook.execution;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.nself.incidents.IncidentManagementApplication;
import org.nself.incidents.bench.Latencies;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/**
 * Throughput and latency of executions: the service in a process of its own, an embedded
 * PostgreSQL, and the server that steps call and the clients in this one, all on the same machine.
 *
 * <p>Arguments: what to measure (steps, latency), then how many executions.
 */
final class RunbookBench implements AutoCloseable {

  private static final String ACCOUNT = "bench";
  private static final int CONCURRENT = 100;
  private static final int STEPS = 20;
  private static final int INCIDENTS = 100;

  private final TestPostgres postgres = TestPostgres.start();
  private final String database = postgres.createDatabase();
  private final DirectDatabase directDatabase = new DirectDatabase(database);
  private final Counter server = new Counter();
  private final ServiceProcess service =
      ServiceProcess.launch(
              List.of(
                  ServiceProcess.JAVA,
                  "-Xmx1g",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  IncidentManagementApplication.class.getName()),
              Map.of(
                  "DATABASE_URL", database,
                  "PLUGIN_SECRET", Service.TOKEN,
                  "ALLOWED_PRIVATE_HOSTS", "127.0.0.1",
                  "RUNBOOK_MAX_EXECUTIONS", "1000000",
                  "RUNBOOK_WORKERS", "100",
                  "LOG_LEVEL", "warn"))
          .awaitReady();
  private final RunbookDriver driver = new RunbookDriver(service.as(ACCOUNT));

  public static void main(String[] arguments) throws IOException {
    String what = arguments.length > 0 ? arguments[0] : "steps";
    int executions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    try (RunbookBench bench = new RunbookBench()) {
      switch (what) {
        case "steps" -> {
          bench.steps("warm-up", bench.http(), executions / 2, INCIDENTS);
          bench.analyze();
          bench.steps("HTTP, 100 incidents", bench.http(), executions, INCIDENTS);
          bench.steps("HTTP, one incident", bench.http(), executions, 1);
          bench.steps("NOTE, 100 incidents", bench.notes(), executions, INCIDENTS);
          bench.steps("NOTE, one incident", bench.notes(), executions, 1);
        }
        case "latency" -> {
          bench.latency("warm-up", executions);
          bench.analyze();
          bench.latency("one after another by 100 clients", executions);
          bench.bursts("100 at one moment", executions);
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

  /**
   * Updates the planner's statistics, as autovacuum does a minute later. With those of an empty
   * database it scans every row of the account.
   */
  private void analyze() {
    directDatabase.execute("analyze");
  }

  /** Prints steps per second. */
  private void steps(String what, String steps, int executions, int over) {
    String runbook = driver.runbook(steps);
    List<String> incidents =
        IntStream.range(0, over).mapToObj(i -> driver.api().open("Benchmark")).toList();
    long start = System.nanoTime();
    run(runbook, incidents, executions);
    Eventually.until(
        Duration.ofMinutes(10),
        "all executions to finish",
        () ->
            directDatabase.number(
                    "select count(*) from np_runbook_executions where finished_at is null")
                == 0);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        "%s: %d executions of %d steps in %.1f s: %.0f steps/s%n",
        what, executions, STEPS, seconds, executions * STEPS / seconds);
  }

  /**
   * From the request that starts an execution to the arrival of its first step's request, with 100
   * clients, each of which starts the next execution after that.
   */
  private void latency(String what, int executions) {
    try (StartLoad starts = new StartLoad()) {
      Semaphore permits = new Semaphore(CONCURRENT);
      for (int i = 0; i < executions; i++) {
        permits.acquireUninterruptibly();
        starts.one(permits::release);
      }
      starts.print(what);
    }
  }

  /**
   * The same with 100 starts at once, and the next 100 when the first steps of all have started.
   */
  private void bursts(String what, int executions) {
    try (StartLoad starts = new StartLoad()) {
      for (int i = 0; i < executions; i += CONCURRENT) {
        CountDownLatch started = new CountDownLatch(CONCURRENT);
        for (int j = 0; j < CONCURRENT; j++) {
          starts.one(started::countDown);
        }
        started.await();
      }
      starts.print(what);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Executions of one slow step, and the time of each start request. */
  private final class StartLoad implements AutoCloseable {
    private final String runbook =
        driver.runbook(
            "[{'key':'first','title':'First','kind':'http','http':{'method':'post','url':'"
                + server.url("/slow/50")
                + "'}}]");
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Long> requested = new ConcurrentHashMap<>();

    void one(Runnable started) {
      threads.execute(
          () -> {
            long start = System.nanoTime();
            String step = driver.start(runbook) + ":first";
            requested.put(step, start);
            Eventually.until(
                Duration.ofMinutes(1), "the first step", () -> server.arrival(step) != 0);
            started.run();
          });
    }

    void print(String what) {
      threads.close();
      Latencies latencies =
          new Latencies(
              requested.entrySet().stream()
                  .mapToLong(entry -> (server.arrival(entry.getKey()) - entry.getValue()) / 1_000));
      System.out.printf(
          "%s: %d executions, start to first step: %s%n", what, requested.size(), latencies);
    }

    @Override
    public void close() {
      threads.shutdownNow();
    }
  }

  private void run(String runbook, List<String> incidents, int executions) {
    Semaphore permits = new Semaphore(16);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < executions; i++) {
        permits.acquireUninterruptibly();
        String incident = incidents.get(i % incidents.size());
        threads.execute(
            () -> {
              driver.start(runbook, "{'incident_id':'" + incident + "'}");
              permits.release();
            });
      }
    }
  }

  @Override
  public void close() throws IOException {
    service.close();
    server.close();
    postgres.close();
  }
}
