package org.nself.incidents.bench;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.StreamClient;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.PgBouncer;
import org.nself.incidents.testing.PostgresServer;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * Measures two instances behind a pooler, promotions of a standby under load, and many executions
 * at once.
 */
final class OperationsBench {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int THREADS = 8;
  private static final int PER_SECOND = 200;
  private static final String MESSAGE = "{\"message\":\"x\"}";

  private final Path directory;

  private OperationsBench(Path directory) {
    this.directory = directory;
  }

  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    // PostgreSQL's log would be printed between the figures.
    ((Logger) LoggerFactory.getLogger("io.zonky")).setLevel(Level.WARN);
    OperationsBench bench = new OperationsBench(Files.createTempDirectory("operations"));
    switch (arguments[0]) {
      case "pooler" -> bench.pooler(number(arguments, 60));
      case "failover" -> bench.failover(number(arguments, 20));
      case "runbooks" -> bench.runbooks(number(arguments, 10));
      default ->
          throw new IllegalArgumentException("pooler, failover or runbooks, not " + arguments[0]);
    }
    // The embedded PostgreSQL leaves threads behind.
    System.exit(0);
  }

  private static int number(String[] arguments, int otherwise) {
    return arguments.length > 1 ? Integer.parseInt(arguments[1]) : otherwise;
  }

  /** Calls at a rate until it is closed, which fails if a call did. */
  private static final class Load implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    void start(int perSecond, IntConsumer work) {
      threads.add(Thread.ofPlatform().start(() -> run(perSecond, work)));
    }

    private void run(int perSecond, IntConsumer work) {
      long next = System.nanoTime();
      for (int i = 0; !over.get(); i++) {
        next += 1_000_000_000L / perSecond;
        LockSupport.parkNanos(next - System.nanoTime());
        try {
          work.accept(i);
        } catch (RuntimeException | AssertionError e) {
          failure.compareAndSet(null, e);
          return;
        }
      }
    }

    @Override
    public void close() {
      over.set(true);
      for (Thread thread : threads) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      if (failure.get() != null) {
        throw new IllegalStateException("The load ended early", failure.get());
      }
    }
  }

  /** 200 requests a second over two instances behind PgBouncer in transaction mode. */
  private void pooler(int seconds) throws IOException, SQLException, InterruptedException {
    try (TestPostgres postgres = TestPostgres.start()) {
      String plain = postgres.forPlainLogin(postgres.createDatabase());
      try (PgBouncer pooler =
              PgBouncer.start(Files.createDirectory(directory.resolve("pooler")), plain);
          ServiceProcess polling = ServiceUnderTest.start(pooler.databaseUrl(), Map.of());
          ServiceProcess listening =
              ServiceUnderTest.start(pooler.databaseUrl(), Map.of("LISTEN_DATABASE_URL", plain))) {
        Eventually.until(SOON, "LISTEN", () -> ready(listening).contains("\"listening\""));
        Eventually.until(SOON, "polling", () -> ready(polling).contains("\"polling\""));
        Queue<Long> latencies = new ConcurrentLinkedQueue<>();
        Queue<String> failures = new ConcurrentLinkedQueue<>();
        Queue<Long> byListen = new ConcurrentLinkedQueue<>();
        Queue<Long> byPolling = new ConcurrentLinkedQueue<>();
        try (Load load = new Load();
            Load watching = new Load()) {
          watch(load, watching, listening, polling, byListen);
          watch(load, watching, polling, listening, byPolling);
          for (int thread = 0; thread < THREADS; thread++) {
            List<Api> apis = List.of(polling.as("load"), listening.as("load"));
            String incident = "/api/v1/incidents/" + apis.getFirst().open("Behind a pooler");
            load.start(
                PER_SECOND / THREADS,
                i -> {
                  Api api = apis.get(i / 4 % 2);
                  long start = System.nanoTime();
                  int status =
                      switch (i % 4) {
                        case 0 -> send(api, "POST", incident + "/timeline", MESSAGE).status();
                        case 1 ->
                            send(api, "PATCH", incident, "{\"title\":\"Round %d\"}".formatted(i))
                                .status();
                        case 2 -> send(api, "GET", "/api/v1/incidents?status=open", "").status();
                        default -> send(api, "GET", incident, "").status();
                      };
                  latencies.add((System.nanoTime() - start) / 1_000);
                  if (status >= 300) {
                    failures.add(String.valueOf(status));
                  }
                });
          }
          // The JIT compiles meanwhile, for two services and the clients; its end cannot be
          // observed.
          Thread.sleep(60_000);
          List.of(latencies, byListen, byPolling).forEach(Queue::clear);
          // The length of the measurement.
          Thread.sleep(seconds * 1_000L);
        }
        report("requests", latencies);
        report("event of another instance, by LISTEN", byListen);
        report("event of another instance, by polling", byPolling);
        Report.progress(
            "%d requests, %.0f per second, failed: %s",
            latencies.size(), latencies.size() / (double) seconds, failures);
        if (!failures.isEmpty()) {
          System.exit(1);
        }
      }
    }
  }

  /** Without comparing the response with the document of the API, which would take longer. */
  private static Api.Response send(Api api, String method, String path, String body) {
    return body.isEmpty()
        ? api.sendUnchecked(method, path, null, null)
        : api.sendUnchecked(
            method, path, body.getBytes(StandardCharsets.UTF_8), "application/json");
  }

  private static String ready(ServiceProcess service) {
    return service.as("load").get("/ready").text();
  }

  /** From {@code recorded_at}, which the database sets before the commit, to the client. */
  private static void watch(
      Load load,
      Load watching,
      ServiceProcess watched,
      ServiceProcess written,
      Queue<Long> latencies) {
    String account = Service.newAccount();
    StreamClient stream = StreamClient.get(watched.as(account), "/api/v1/incidents").expect(200);
    Api writer = written.as(account);
    String timeline = "/api/v1/incidents/" + writer.open("Watched") + "/timeline";
    load.start(5, _ -> send(writer, "POST", timeline, MESSAGE).expect(201));
    watching.start(
        1_000,
        _ -> {
          StreamClient.Message message = stream.poll(1_000);
          if (message != null) {
            Instant recorded = Instant.parse(message.json().at("/event/recorded_at").asString());
            latencies.add(Duration.between(recorded, Instant.now()).toNanos() / 1_000);
          }
        });
  }

  private static void report(String what, Queue<Long> micros) {
    Latencies latencies = new Latencies(micros.stream().mapToLong(Long::longValue));
    Report.progress("%s: %s of %d", what, latencies, latencies.count());
  }

  private static final int STARTS = 100;

  /** The aim on two idle cores. */
  private static final double MAX_CANCELLING_SECONDS = 10;

  /** 100 starts at the same moment; and 1,000 executions by one start, which are cancelled. */
  private void runbooks(int rounds) throws IOException, SQLException {
    try (TestPostgres postgres = TestPostgres.start()) {
      String url = postgres.createDatabase();
      DirectDatabase database = new DirectDatabase(url);
      try (ServiceProcess service =
          ServiceUnderTest.start(url, Map.of("RUNBOOK_MAX_EXECUTIONS", "2000"))) {
        runbooks(service.as("starts"), database, rounds);
      }
    }
  }

  private static void runbooks(Api api, DirectDatabase database, int rounds) {
    String note = runbook(api, "{'title':'Note','kind':'note','note':{'message':'x'}}");
    Queue<Long> answered = new ConcurrentLinkedQueue<>();
    Queue<Long> ended = new ConcurrentLinkedQueue<>();
    // The first rounds warm up.
    for (int round = -3; round < rounds; round++) {
      if (round == 0) {
        List.of(answered, ended).forEach(Queue::clear);
      }
      startAtOnce(api, database, note, answered, ended);
    }
    report("100 starts at once, until answered", answered);
    report("100 starts at once, until the last one ended", ended);
    double longest = 0;
    for (int round = 0; round < 3; round++) {
      longest = Math.max(longest, cancelTree(api, database));
    }
    if (longest > MAX_CANCELLING_SECONDS) {
      System.exit(1);
    }
  }

  private static void startAtOnce(
      Api api, DirectDatabase database, String runbook, Queue<Long> answered, Queue<Long> ended) {
    CountDownLatch go = new CountDownLatch(1);
    Queue<String> executions = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      threads.add(
          Thread.startVirtualThread(
              () -> {
                try {
                  go.await();
                } catch (InterruptedException e) {
                  return;
                }
                long start = System.nanoTime();
                Api.Response response =
                    send(api, "POST", "/api/v1/runbooks/" + runbook + "/executions", "{}");
                answered.add((System.nanoTime() - start) / 1_000);
                executions.add(response.expect(201).text("id"));
              }));
    }
    long start = System.nanoTime();
    go.countDown();
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    Eventually.until(SOON, "all to be started", () -> executions.size() == STARTS);
    Eventually.until(SOON, "all to end", () -> executions(database, "running") == 0);
    ended.add((System.nanoTime() - start) / 1_000);
  }

  /**
   * One start causes 1,000 executions that wait for a person.
   *
   * @return in how many seconds all of them are cancelled
   */
  private static double cancelTree(Api api, DirectDatabase database) {
    String manual = runbook(api, "{'title':'Hand','kind':'manual'}");
    String middle = runbook(api, calls(manual, 12));
    String outer = runbook(api, calls(middle, 100));
    String id = api.post("/api/v1/runbooks/" + outer + "/executions", "{}").expect(201).text("id");
    Eventually.until(
        SOON,
        "all to wait",
        () -> executions(database, "running") == 0 && executions(database, "waiting") > 900);
    int waiting = executions(database, "waiting");
    long start = System.nanoTime();
    api.post("/api/v1/runbook-executions/" + id + "/cancel", "{}").expect(200);
    Eventually.until(SOON, "all to be cancelled", () -> executions(database, "waiting") == 0);
    double seconds = (System.nanoTime() - start) / 1e9;
    Report.progress("%d executions that waited are cancelled after %.1f s", waiting, seconds);
    return seconds;
  }

  private static String runbook(Api api, String steps) {
    return api.post(
            "/api/v1/runbooks", ("{'name':'Play','steps':[" + steps + "]}").replace('\'', '"'))
        .expect(201)
        .text("id");
  }

  private static String calls(String runbook, int count) {
    List<String> steps = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      steps.add(
          "{'key':'s%d','title':'Run','kind':'runbook','after':[],'on_failure':'continue','runbook':{'runbook_id':'%s'}}"
              .formatted(i, runbook));
    }
    return String.join(",", steps);
  }

  private static int executions(DirectDatabase database, String status) {
    return database.number(
        "select count(*) from np_runbook_executions where status = '" + status + "'");
  }

  /** The primary is killed under load, and its synchronous standby promoted, again and again. */
  private void failover(int times) throws InterruptedException {
    double[] back = new double[times];
    int problems = 0;
    for (int i = 0; i < times; i++) {
      Promotion promotion = new Promotion(directory.resolve("failover-" + i));
      List<String> found = promotion.run();
      back[i] = promotion.writesBack;
      problems += found.size();
      Report.progress(
          "promotion %d: writes back after %.0f ms; %d answered writes, %d executions, %d events by"
              + " the feed; %s",
          i + 1,
          back[i],
          promotion.written.size(),
          promotion.executions.size(),
          promotion.fed.size(),
          found.isEmpty() ? "nothing lost, repeated or stuck" : found);
    }
    Arrays.sort(back);
    Report.progress(
        "%d promotions: writes back after %.0f ms (median), %.0f ms at most; %d problems",
        times, back[times / 2], back[times - 1], problems);
    if (problems > 0 || back[times - 1] > 5_000) {
      System.exit(1);
    }
  }

  private static final class Promotion {
    private static final String RUNBOOK =
        """
        {"name": "Two notes", "steps": [
          {"key": "a", "title": "a", "kind": "note", "note": {"message": "a"}},
          {"key": "b", "title": "b", "kind": "note", "note": {"message": "b"}, "after": ["a"]}]}
        """;

    private static final String NOTED = "Gets the notes of executions";

    private final Path directory;

    /** Ids of the events of answered writes. */
    private final Queue<String> written = new ConcurrentLinkedQueue<>();

    /** Ids of the executions whose start was answered. */
    private final Queue<String> executions = new ConcurrentLinkedQueue<>();

    /** Incident and seq of each event that the feed brought. */
    private final Queue<String> fed = new ConcurrentLinkedQueue<>();

    private double writesBack;

    Promotion(Path directory) {
      this.directory = directory;
    }

    List<String> run() throws InterruptedException {
      try (PostgresServer first = PostgresServer.start(directory.resolve("first"))) {
        first.createDatabase("incidents");
        try (PostgresServer second = first.startStandby(directory.resolve("second"))) {
          first.replicateSynchronously();
          String url = "postgres://postgres@%s,%s/incidents".formatted(first.host(), second.host());
          try (ServiceProcess service = ServiceUnderTest.start(url, Map.of())) {
            underLoad(service.as("primary"), first, second);
            return problems(second);
          }
        }
      }
    }

    private void underLoad(Api api, PostgresServer first, PostgresServer second)
        throws InterruptedException {
      AtomicBoolean over = new AtomicBoolean();
      CountDownLatch following = new CountDownLatch(1);
      Thread reader = Thread.ofPlatform().start(() -> follow(api, over, following));
      following.await();
      String runbook = api.post("/api/v1/runbooks", RUNBOOK).expect(201).text("id");
      String noted = "{\"incident_id\":\"" + api.open(NOTED) + "\"}";
      try (Load load = new Load()) {
        for (int thread = 0; thread < 4; thread++) {
          String timeline = "/api/v1/incidents/" + api.open("Under load") + "/timeline";
          load.start(
              25,
              _ -> {
                Api.@Nullable Response answer = answer(api, timeline, MESSAGE);
                if (answer != null && answer.status() == 201) {
                  written.add(answer.text("id"));
                }
              });
        }
        load.start(
            5,
            _ -> {
              Api.@Nullable Response answer =
                  answer(api, "/api/v1/runbooks/" + runbook + "/executions", noted);
              if (answer != null && answer.status() < 300) {
                executions.add(answer.text("id"));
              }
            });
        // The length of the load before the primary dies, so that there is something to lose.
        Thread.sleep(2_000);
        first.crash();
        int before = written.size();
        long promoting = System.nanoTime();
        second.promote();
        Eventually.until(SOON, "writes after the promotion", () -> written.size() > before);
        writesBack = (System.nanoTime() - promoting) / 1e6;
        // The length of the load after the promotion.
        Thread.sleep(2_000);
      }
      Eventually.until(
          SOON,
          "executions to end",
          () ->
              count(second, "select count(*) from np_runbook_executions where finished_at is null")
                  .equals("0"));
      int events = Integer.parseInt(count(second, "select count(*) from np_incident_timeline"));
      Eventually.until(SOON, "the feed to bring all events", () -> fed.size() >= events);
      over.set(true);
      reader.join();
    }

    /** Null where the connection was refused or cut. */
    private static Api.@Nullable Response answer(Api api, String path, String body) {
      try {
        return send(api, "POST", path, body);
      } catch (UncheckedIOException e) {
        return null;
      }
    }

    /** Reads the account's feed, and goes on after its last event where it ended. */
    private void follow(Api api, AtomicBoolean over, CountDownLatch following) {
      String cursor = "";
      while (!over.get()) {
        String path = "/api/v1/incidents" + (cursor.isEmpty() ? "" : "?cursor=" + cursor);
        try (StreamClient stream = StreamClient.get(api, path)) {
          boolean ended = false;
          while (!over.get() && !ended) {
            // Asked before, so that nothing is left to read afterwards.
            ended = stream.ended();
            StreamClient.Message message = stream.poll(200);
            if (!stream.lastId().isEmpty()) {
              following.countDown();
            }
            if (message != null && message.event().equals("message")) {
              ended = false;
              cursor = message.id();
              JsonNode change = message.json();
              fed.add(change.at("/incident/id").asString() + " " + change.at("/event/seq").asInt());
            }
          }
        } catch (UncheckedIOException e) {
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
      }
    }

    private List<String> problems(PostgresServer database) {
      List<String> problems = new ArrayList<>();
      Set<String> stored = new HashSet<>(lines(database, "select id from np_incident_timeline"));
      long lost = written.stream().filter(id -> !stored.contains(id)).count();
      if (lost > 0) {
        problems.add(lost + " answered writes are lost");
      }
      String gaps =
          count(
              database,
              "select count(*) from (select from np_incident_timeline group by source_account_id,"
                  + " incident_id having count(*) <> max(seq) or min(seq) <> 1) as gap");
      if (!gaps.equals("0")) {
        problems.add(gaps + " timelines have gaps");
      }
      Map<String, Integer> times = new HashMap<>();
      fed.forEach(event -> times.merge(event, 1, Integer::sum));
      long repeated = times.values().stream().filter(count -> count > 1).count();
      if (repeated > 0) {
        problems.add(repeated + " events came more than once");
      }
      Set<String> expected =
          new HashSet<>(
              lines(database, "select incident_id || ' ' || seq from np_incident_timeline"));
      if (!expected.equals(times.keySet())) {
        problems.add("the feed brought other events than there are");
      }
      Eventually.until(
          SOON,
          "all executions to succeed",
          () ->
              count(
                      database,
                      "select count(*) from np_runbook_executions where status <> 'succeeded'")
                  .equals("0"));
      Set<String> started = new HashSet<>(lines(database, "select id from np_runbook_executions"));
      long missing = executions.stream().filter(id -> !started.contains(id)).count();
      if (missing > 0) {
        problems.add(missing + " executions whose start was answered are lost");
      }
      int notes =
          Integer.parseInt(
              count(
                  database,
                  "select count(*) from np_incident_timeline where actor like 'runbook:%' and"
                      + " message in ('a', 'b')"));
      if (notes != 2 * started.size()) {
        problems.add("%d notes of %d executions with two each".formatted(notes, started.size()));
      }
      return problems;
    }

    private static String count(PostgresServer database, String sql) {
      return database.text("incidents", sql);
    }

    private static List<String> lines(PostgresServer database, String sql) {
      String all =
          database.text(
              "incidents", "select string_agg(line::text, ',') from (" + sql + ") as one (line)");
      return List.of(all.split(","));
    }
  }
}
