package org.nself.incidents.bench.abuse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.nself.incidents.testing.TestPostgres;
import org.slf4j.LoggerFactory;

/**
 * Abuse tests: each attack in turn while a neighbour uses the service as usual. Fails if the
 * process died, an answer was an internal error, or a secret leaked.
 */
final class AbuseBench implements AutoCloseable {

  private static final String USAGE =
      """
      %s
      bench/abuse [--smoke] [--keep] [--seconds N] [--only NAME,…] [--jar FILE]
      attacks: %s\
      """;

  /** Within this the neighbour's requests count as normal, where the idle service is no slower. */
  private static final double NORMAL_MILLIS = 250;

  private static final Path TABLE = Path.of("target/bench/abuse.md");

  /** Whether a process and its database serve until it dies, not only for one attack. */
  private final boolean keep;

  private final int seconds;
  private final String jar;
  private final TestPostgres postgres = TestPostgres.embedded();
  private final EchoServer echo = new EchoServer();
  private final List<String> lines = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  /** How long it waits for the neighbour's requests to be normal again. */
  private final int settlingSeconds;

  private double normalMillis = NORMAL_MILLIS;

  private AbuseBench(boolean keep, int seconds, String jar) throws IOException {
    this.keep = keep;
    this.settlingSeconds = keep ? 10 : 30;
    this.seconds = seconds;
    this.jar = jar;
  }

  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    // PostgreSQL's log would be printed between the figures.
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.ERROR);
    Map<String, String> given = new HashMap<>();
    for (Iterator<String> rest = List.of(arguments).iterator(); rest.hasNext(); ) {
      String name = rest.next();
      if (name.equals("--smoke") || name.equals("--keep")) {
        given.put(name, "");
      } else if (List.of("--seconds", "--only", "--jar").contains(name) && rest.hasNext()) {
        given.put(name, rest.next());
      } else {
        throw usage("unknown option or missing value: " + name);
      }
    }
    boolean smoke = given.containsKey("--smoke");
    List<String> names =
        given.containsKey("--only")
            ? List.of(given.getOrDefault("--only", "").split(","))
            : smoke ? Attacks.SMOKE : Attacks.ALL.stream().map(Attack::name).toList();
    List<Attack> attacks = new ArrayList<>();
    for (String name : names) {
      attacks.add(
          Attacks.ALL.stream()
              .filter(attack -> attack.name().equals(name))
              .findFirst()
              .orElseThrow(() -> usage("unknown attack: " + name)));
    }
    int seconds = Integer.parseInt(given.getOrDefault("--seconds", smoke ? "3" : "20"));
    int status;
    boolean keep = smoke || given.containsKey("--keep");
    try (AbuseBench bench = new AbuseBench(keep, seconds, given.getOrDefault("--jar", ""))) {
      status = bench.run(attacks);
    }
    System.exit(status);
  }

  private static IllegalArgumentException usage(String problem) {
    return new IllegalArgumentException(
        USAGE.formatted(
            problem, String.join(", ", Attacks.ALL.stream().map(Attack::name).toList())));
  }

  private int run(List<Attack> attacks) throws Exception {
    line(
        "%s, %d processors (load average %.1f at the start), %d s each, %s, %s",
        Instant.now().truncatedTo(ChronoUnit.MINUTES),
        Runtime.getRuntime().availableProcessors(),
        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage(),
        seconds,
        keep ? "one process until it dies" : "a process for each attack",
        jar.isEmpty() ? "compiled classes" : "packaged jar");
    line("");
    line(
        "| attack | by | survived | peak MB | p50 ms | p99 ms | errors % | of which 503 % | event"
            + " ms | runbook ms | normal after s | the attacker was answered |");
    line("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|");
    ServiceUnderAttack service = null;
    boolean fit = false;
    try {
      for (Attack attack : withoutAttackFirst(attacks)) {
        // By default each attack has a new database and process, so that none of them measures
        // what an earlier one left behind.
        if (service == null || !keep || !fit) {
          if (service != null) {
            service.close();
          }
          service = new ServiceUnderAttack(jar, postgres.createDatabase(), echo);
        }
        fit = run(attack, service);
        write();
      }
    } finally {
      if (service != null) {
        service.close();
      }
    }
    failures.forEach(failure -> System.out.println("failed: " + failure));
    System.out.println("written to " + TABLE);
    return failures.isEmpty() ? 0 : 1;
  }

  private static List<Attack> withoutAttackFirst(List<Attack> attacks) {
    return Stream.concat(Stream.of(Attacks.NONE), attacks.stream()).toList();
  }

  /** Returns whether the process is fit for another attack. */
  private boolean run(Attack attack, ServiceUnderAttack service) throws Exception {
    String account = attack.name() + "-" + UUID.randomUUID().toString().substring(0, 8);
    String attacking =
        attack.sameAccount()
            ? account
            : attack.name().equals(Attacks.SECRETS) ? "primary" : account + "-attacker";
    try (Attacker attacker = new Attacker("127.0.0.2", service.port(), attacking, echo);
        Neighbour neighbour =
            new Neighbour(new Attacker("127.0.0.3", service.port(), account, echo))) {
      int echoed = echo.echoed();
      Attack.Load load = attack.preparation().prepare(attacker);
      pause(keep ? 500 : 3_000);
      service.forgetPeak();
      long start = System.nanoTime();
      attack(attack, load, service);
      long end = System.nanoTime();
      attacker.disconnect();
      if (attack == Attacks.NONE) {
        normalMillis = Math.max(NORMAL_MILLIS, 2 * neighbour.figures(start, end).p99());
      }
      String fate = "yes";
      double normal = -1;
      while (normal < 0 && System.nanoTime() - end < TimeUnit.SECONDS.toNanos(settlingSeconds)) {
        // It may die of what is still in flight, too.
        if (fate.equals("yes") && !service.isAlive()) {
          fate = fateOfRestart(service);
        }
        pause(250);
        normal = neighbour.secondsToNormal(end, normalMillis);
      }
      if (attack.name().equals(Attacks.SECRETS) && echo.echoed() == echoed) {
        System.out.println("No request with the secret was sent: nothing is shown about leaks.");
      }
      // Not before, because requests of the time under attack were still in flight at its end.
      row(attack, service, attacker, neighbour.figures(start, end), fate, normal);
      return fate.equals("yes") && normal >= 0;
    } catch (IOException | IllegalStateException e) {
      String fate = service.isAlive() ? "not prepared" : fateOfRestart(service) + " in preparation";
      failures.add(attack.name() + ": " + fate + ", " + e);
      line("| %s | %s | %s | | | | | | | | | |", attack.name(), attack.caller(), fate);
      return false;
    }
  }

  /** Repeats the load until the time is over or the process has died. */
  private void attack(Attack attack, Attack.Load load, ServiceUnderAttack service) {
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    for (int i = 0; i < attack.threads(); i++) {
      threads.execute(() -> repeat(load, over));
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (service.isAlive() && System.nanoTime() < end) {
      pause(50);
    }
    over.set(true);
    threads.shutdownNow();
  }

  private static void repeat(Attack.Load load, AtomicBoolean over) {
    while (!over.get()) {
      try {
        load.send();
      } catch (InterruptedException e) {
        return;
      } catch (Exception e) {
        // Refused, or cut off: goes on, but not in a busy loop.
        pause(20);
      }
    }
  }

  /** Restarts it, and sees whether it stays alive with what the attack has left behind. */
  private static String fateOfRestart(ServiceUnderAttack service) {
    service.lastLines(2).forEach(line -> System.out.printf("  %.200s%n", line));
    boolean ready = service.restart();
    for (int i = 0; ready && i < 50 && service.isAlive(); i++) {
      pause(100);
    }
    return service.isAlive() ? "**died**" : "**died, again after a restart**";
  }

  private void row(
      Attack attack,
      ServiceUnderAttack service,
      Attacker attacker,
      Neighbour.Figures figures,
      String fate,
      double normal) {
    if (!fate.equals("yes")) {
      failures.add(attack.name() + ": the process died");
    }
    if (attacker.count500() + figures.internalErrors() > 0) {
      failures.add(
          "%s: %d internal errors for the attacker, %d for the neighbour"
              .formatted(attack.name(), attacker.count500(), figures.internalErrors()));
    }
    attacker.leaks().forEach(leak -> failures.add(attack.name() + ": secret leaked in " + leak));
    if (service.logged(ServiceUnderAttack.SECRET)) {
      failures.add(attack.name() + ": secret leaked in the log");
    }
    line(
        "| %s | %s | %s%s | %d | %.0f | %s | %.1f | %.1f | %.0f | %.0f | %s | %s |",
        attack.name(),
        attack.caller(),
        fate,
        attacker.leaks().isEmpty() ? "" : ", **leaked**",
        service.peakMegabytes(),
        figures.p50(),
        "%.0f".formatted(figures.p99()),
        figures.errors(),
        figures.unavailable(),
        figures.longestDelivery(),
        figures.longestExecution(),
        normal < 0 ? "> " + settlingSeconds : "%.1f".formatted(normal),
        attacker.statuses()
            + (attacker.openSockets() > 0
                ? " (%d sockets)".formatted(attacker.openSockets())
                : ""));
  }

  private void line(String format, Object... arguments) {
    String line =
        format.contains("%s") || format.contains("%d") ? format.formatted(arguments) : format;
    lines.add(line);
    System.out.println(line);
  }

  private void write() throws IOException {
    Files.createDirectories(TABLE.getParent());
    Files.write(TABLE, lines);
  }

  private static void pause(long millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Override
  public void close() throws IOException {
    echo.close();
    postgres.close();
  }
}
