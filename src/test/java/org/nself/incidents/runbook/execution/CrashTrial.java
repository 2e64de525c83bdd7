package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.Programs;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/**
 * Two processes of the service on one database are killed (kill -9) and paused (SIGSTOP, for longer
 * than their lease) in turn while they execute runbooks of mixed steps; a person completes each
 * uncertain step. Afterwards no execution may be stuck, and no UNSAFE step may have run twice.
 */
final class CrashTrial implements AutoCloseable {

  /** Longer than the lease. */
  private static final Duration PAUSE = Duration.ofSeconds(14);

  private static final String ACCOUNT = "trial";
  private static final int INCIDENTS = 20;
  private static final int STARTERS = 8;
  private static final long SEED = 4711;

  private final String database;
  private final DirectDatabase directDatabase;
  private final Counter server = new Counter();
  private final ServiceProcess[] services = new ServiceProcess[2];
  private final AtomicInteger alive = new AtomicInteger();

  /** Whether both processes respond. */
  private final AtomicBoolean bothRunning = new AtomicBoolean(true);

  private final AtomicInteger kills = new AtomicInteger();
  private final AtomicInteger pauses = new AtomicInteger();

  CrashTrial(String database) {
    this.database = database;
    this.directDatabase = new DirectDatabase(database);
  }

  private ServiceProcess service() {
    return ServiceProcess.start(
        database,
        Map.of(
            "ALLOWED_PRIVATE_HOSTS", "127.0.0.1",
            "RUNBOOK_MAX_EXECUTIONS", "1000000",
            "LOG_LEVEL", "info"));
  }

  /** The full trial. The argument is the number of executions, 10,000 by default. */
  public static void main(String[] arguments) throws Exception {
    int executions = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
    try (TestPostgres postgres = TestPostgres.start();
        CrashTrial trial = new CrashTrial(postgres.createDatabase())) {
      System.out.println(trial.takeover());
      System.out.println(trial.drain());
      System.out.println(trial.mixed(executions, Duration.ofMinutes(30), true));
    }
    System.exit(0);
  }

  /** Measures how long another process takes to take over from a killed one. */
  String takeover() {
    services[0] = service();
    RunbookDriver first = new RunbookDriver(services[0].as(ACCOUNT));
    String runbook =
        first.runbook(
            "["
                + step("safe", "'effect':'idempotent',", "/hang-once")
                + ","
                + step("unsafe", "'effect':'unsafe','after':[],", "/hang-once")
                + ","
                + step("deadly", "'effect':'idempotent','after':[],", "/hang-once")
                + "]");
    String id = first.start(runbook);
    Eventually.until(
        Duration.ofSeconds(10),
        "all requests",
        () -> Stream.of("safe", "unsafe", "deadly").allMatch(step -> server.count(id, step) == 1));
    directDatabase.execute("update np_runbook_steps set interruptions = 9 where key = 'deadly'");
    services[1] = service();
    services[0].kill();
    long start = System.nanoTime();
    RunbookDriver second = new RunbookDriver(services[1].as(ACCOUNT));
    second.awaitStep(id, "unsafe", "uncertain");
    second.awaitStep(id, "safe", "succeeded");
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(seconds).as("seconds until another process took over").isLessThan(15);
    assertThat(server.count(id, "safe")).as("the same key again").isEqualTo(2);
    assertThat(server.count(id, "unsafe")).as("no automatic retry").isEqualTo(1);
    assertThat(RunbookDriver.step(second.get(id), "safe").at("/attempts/0/outcome").asString())
        .isEqualTo("interrupted");
    assertThat(RunbookDriver.step(second.get(id), "deadly").get("status").asString())
        .as("a step whose worker died for the tenth time")
        .isEqualTo("uncertain");
    assertThat(server.count(id, "deadly")).as("no eleventh attempt").isEqualTo(1);
    for (String step : List.of("unsafe", "deadly")) {
      second.command(id, step, "complete", "{'note':'It had arrived'}").expect(200);
    }
    second.await(id, "succeeded");
    return "takeover after kill -9: %.1f s".formatted(seconds);
  }

  /**
   * SIGTERM: requests in flight end and are recorded, no further step starts, another process
   * resumes. The request takes longer than the delay before the shutdown.
   */
  String drain() {
    RunbookDriver leaving = new RunbookDriver(services[1].as(ACCOUNT));
    String id =
        leaving.start(
            leaving.runbook(
                "["
                    + step("flying", "'effect':'unsafe',", "/slow/4000")
                    + ","
                    + step("next", "'effect':'unsafe',", "/ok")
                    + "]"));
    Eventually.until(Duration.ofSeconds(10), "the request", () -> server.count(id, "flying") == 1);
    services[1].terminate();
    assertThat(services[1].exitStatus()).isEqualTo(143);
    assertThat(
            directDatabase.texts(
                "select key || ' ' || status from np_runbook_steps where execution_id = '%s' order by place"
                    .formatted(id)))
        .as("the step in flight at the shutdown")
        .containsExactly("flying succeeded", "next pending");
    long start = System.nanoTime();
    services[0] = service();
    new RunbookDriver(services[0].as(ACCOUNT)).await(id, "succeeded");
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(server.count(id, "flying")).isEqualTo(1);
    assertThat(server.count(id, "next")).isEqualTo(1);
    services[1] = service();
    return "gone on with after SIGTERM, %.1f s after the next process began to start"
        .formatted(seconds);
  }

  private String step(String key, String more, String path) {
    return "{'key':'%s','title':'%s','kind':'http',%s'http':{'method':'post','url':'%s'}}"
        .formatted(key, key, more, server.url(path));
  }

  /**
   * Runs executions while processes die.
   *
   * @param timeout for all of them to finish once the last is started
   * @param repeatedly whether processes are killed and paused for as long as executions are
   *     started; otherwise one is paused and one is killed
   */
  String mixed(int executions, Duration timeout, boolean repeatedly) throws Exception {
    Api api = services[1].as(ACCOUNT);
    List<String> incidents = new ArrayList<>();
    for (int i = 0; i < INCIDENTS; i++) {
      incidents.add(api.open("Incident " + i));
    }
    String runbook =
        new RunbookDriver(api)
            .runbook(
                "[{'key':'n1','title':'n1','kind':'note','note':{'message':'n1'}},"
                    + step("pay", "'effect':'unsafe',", "/slow/100")
                    + ","
                    + step("look", "'effect':'idempotent','after':['pay'],", "/slow/60")
                    + ","
                    + step("put", "'effect':'idempotent','after':['pay'],", "/slow/40")
                    + ",{'key':'settle','title':'settle','kind':'wait','after':['look','put'],'wait':{'seconds':1}},"
                    + step("pay2", "'effect':'unsafe',", "/slow/20")
                    + ",{'key':'n2','title':'n2','kind':'note','note':{'message':'n2'}}]");
    alive.set(1);
    AtomicBoolean over = new AtomicBoolean();
    long begun = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> person = threads.submit(() -> complete(over));
      Future<?> starting = threads.submit(() -> startAll(executions, runbook, incidents));
      try {
        killAndPause(starting, repeatedly);
        starting.get();
        Eventually.until(timeout, "all to be finished", () -> unfinished() == 0);
      } finally {
        over.set(true);
      }
      person.get();
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    assertThat(
            directDatabase.number(
                "select count(*) from np_runbook_executions where status = 'succeeded'"))
        .as("executions that succeeded, the two earlier ones included")
        .isEqualTo(executions + 2);
    check(executions);
    int interrupted =
        directDatabase.number(
            "select count(*) from np_runbook_attempts where outcome = 'interrupted'");
    if (repeatedly) {
      assertThat(interrupted)
          .as("interrupted attempts; few would mean that the trial tested nothing")
          .isGreaterThan(5 * kills.get());
    }
    return "%,d executions in %.0f s; %d kills, %d pauses; %d steps were uncertain, %d attempts interrupted"
        .formatted(
            executions,
            seconds,
            kills.get(),
            pauses.get(),
            directDatabase.number("select count(*) from np_runbook_steps where note is not null")
                - 2,
            interrupted);
  }

  private void check(int executions) {
    List<String> twice = new ArrayList<>();
    int keys = 0;
    for (Map.Entry<String, Integer> count : server.counts().entrySet()) {
      keys++;
      if (count.getKey().matches(".*:pay2?") && count.getValue() > 1) {
        twice.add(count.getKey());
      }
    }
    assertThat(twice).as("UNSAFE steps that ran twice").isEmpty();
    assertThat(keys).as("every IDEMPOTENT step ran").isGreaterThanOrEqualTo(2 * executions);
    assertThat(
            directDatabase.number(
                "select count(*) from np_incident_timeline where kind = 'note' and message in"
                    + " ('n1', 'n2')"))
        .as("notes, each written once")
        .isEqualTo(2 * executions);
    assertThat(
            directDatabase.number(
                "select count(*) from np_incident_timeline where kind = 'runbook_finished'"))
        .as("end events in timelines")
        .isEqualTo(executions);
    assertThat(
            directDatabase.number(
                "select count(*) from np_runbook_attempts where outcome = 'running'"))
        .as("attempts without an end")
        .isZero();
    Eventually.until(
        Duration.ofSeconds(20),
        "no task to be left",
        () -> directDatabase.number("select count(*) from np_runbook_tasks") == 0);
  }

  private void startAll(int executions, String runbook, List<String> incidents) {
    Semaphore atOnce = new Semaphore(STARTERS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < executions; i++) {
        int number = i;
        atOnce.acquireUninterruptibly();
        threads.execute(
            () -> {
              start(runbook, incidents.get(number % incidents.size()), "start-" + number);
              atOnce.release();
            });
      }
    }
  }

  private void start(String runbook, String incident, String key) {
    String body = "{\"incident_id\":\"" + incident + "\"}";
    Eventually.until(
        Duration.ofMinutes(2),
        "an execution to be started",
        () -> {
          try {
            return services[
                    bothRunning.get() ? ThreadLocalRandom.current().nextInt(2) : alive.get()]
                    .as(ACCOUNT)
                    .header("Idempotency-Key", key)
                    .post("/api/v1/runbooks/" + runbook + "/executions", body)
                    .status()
                == 201;
          } catch (UncheckedIOException e) {
            return false;
          }
        });
  }

  /** Kills and pauses processes, one at a time; the other serves meanwhile. */
  private void killAndPause(Future<?> starting, boolean repeatedly) throws Exception {
    Random random = new Random(SEED);
    int round = 0;
    do {
      int victim = round % 2;
      // Both are working until then, so that the signal interrupts work.
      TimeUnit.MILLISECONDS.sleep(500 + random.nextInt(1_500));
      alive.set(1 - victim);
      bothRunning.set(false);
      if (repeatedly ? random.nextBoolean() : round == 1) {
        services[victim].kill();
        services[victim] = service();
        kills.incrementAndGet();
      } else {
        signal("STOP", services[victim]);
        TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
        signal("CONT", services[victim]);
        pauses.incrementAndGet();
      }
      bothRunning.set(true);
      round++;
    } while (repeatedly ? !starting.isDone() : round < 2);
  }

  static void signal(String name, ServiceProcess service) {
    Programs.ProgramResult result =
        Programs.run(List.of("sh", "-c", "kill -" + name + " " + service.pid()), Map.of());
    assertThat(result.status()).as("kill -" + name).isZero();
  }

  /** A person who completes each uncertain step. */
  private void complete(AtomicBoolean over) {
    while (!over.get()) {
      for (String step :
          directDatabase.texts(
              "select execution_id || '/steps/' || key from np_runbook_steps where status ="
                  + " 'uncertain'")) {
        try {
          services[alive.get()]
              .as(ACCOUNT)
              .post(
                  "/api/v1/runbook-executions/" + step + "/complete", "{\"note\":\"It was done\"}");
        } catch (UncheckedIOException e) {
          // Killed at this moment; the step stays uncertain.
        }
      }
      java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
    }
  }

  private int unfinished() {
    return directDatabase.number(
        "select count(*) from np_runbook_executions where finished_at is null");
  }

  @Override
  public void close() {
    for (ServiceProcess service : services) {
      if (service != null) {
        service.close();
      }
    }
    server.close();
  }
}
