package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nself.incidents.bench.Workload.Request;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;

/**
 * Measures the service beside its limits. Started by {@code bench/run}, which installs what it
 * needs; exits with 1 if something does not work, never because of a figure.
 */
final class Benchmark {

  private static final Path DIRECTORY = Path.of("target", "bench").toAbsolutePath();
  private static final String DATABASE = "bench";

  private final Options options;
  private final Cluster cluster;

  private Benchmark(Options options, Cluster cluster) {
    this.options = options;
    this.cluster = cluster;
  }

  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      return 2;
    }
    Path data = DIRECTORY.resolve(options.smoke() ? "database-smoke" : "database");
    try (Cluster cluster = Cluster.start(data)) {
      new Benchmark(options, cluster).run();
      return 0;
    } catch (IOException | SQLException | RuntimeException | AssertionError e) {
      e.printStackTrace();
      return 1;
    }
  }

  private void run() throws IOException, SQLException {
    if (options.isComparison()) {
      Report report = new Report(cluster, options, "");
      report.comparison(options, Comparison.measure(cluster, options));
      report.write(DIRECTORY.resolve("comparison.md"));
      return;
    }
    List<Workload> workloads = options.workloads();
    PgbenchScript.Recorded recorded =
        workloads.isEmpty() ? new PgbenchScript.Recorded(Map.of(), Map.of()) : prepare(workloads);
    Pgbench pgbench =
        new Pgbench(
            cluster,
            DATABASE,
            DIRECTORY,
            Math.min(options.connections(), poolSize()),
            recorded.settings());
    Report report =
        new Report(
            cluster,
            options,
            ", %d connections, %s".formatted(pgbench.connections(), recorded.settings()));
    if (!workloads.isEmpty()) {
      workloads(pgbench, recorded, report);
    }
    if (options.includes(Options.GROWTH)) {
      report.growth(Growth.measure(cluster, options));
    }
    String jar = System.getProperty("bench.jar", "");
    if (options.includes(Options.START) && !jar.isEmpty()) {
      report.start(StartUp.measure(cluster, jar, DIRECTORY, options.smoke()));
    }
    boolean isComplete = !options.smoke() && !options.isPartial();
    report.write((isComplete ? Path.of("bench") : DIRECTORY).resolve("results.md"));
  }

  private void workloads(Pgbench pgbench, PgbenchScript.Recorded recorded, Report report)
      throws IOException, SQLException {
    try (ServiceProcess service = ServiceUnderTest.start(cluster.url(DATABASE), Map.of())) {
      Wrk wrk = new Wrk(service, options.dataset(), options.connections());
      Rounds.warmUp(wrk, options.workloads(), options);
      report.workloads(Rounds.besideLimits(wrk, pgbench, recorded, options));
      if (options.peers()) {
        report.peers(Peers.measure(cluster, DATABASE, wrk, options));
      }
      report.memoryUnderLoad(Commands.memory(service.pid(), "VmHWM") / 1024);
      if (options.profiles()) {
        for (Request request : options.workloads().getFirst().requests()) {
          profile(wrk, request, options.smoke() ? 3 : 15);
        }
      }
    }
  }

  /** Records the service with the JDK's flight recorder under one workload. */
  private static void profile(Wrk wrk, Request request, int seconds) throws IOException {
    String file = DIRECTORY.resolve(request.protocol() + ".jfr").toString();
    Files.deleteIfExists(Path.of(file));
    String pid = String.valueOf(wrk.service().pid());
    Commands.jdk("jcmd", pid, "JFR.start", "name=bench", "settings=profile");
    Wrk.Load load = wrk.measure(request, seconds);
    Commands.jdk("jcmd", pid, "JFR.stop", "name=bench", "filename=" + file);
    Report.progress("%n%s, recorded: %,.0f/s; %s", request.protocol(), load.rate(), file);
    for (String view : List.of("hot-methods", "allocation-by-class", "allocation-by-site")) {
      Commands.jdk("jfr", "view", "--width", "140", "--truncate", "beginning", view, file)
          .lines()
          .filter(line -> !line.isBlank())
          .limit(30)
          .forEach(System.out::println);
    }
  }

  /** Writes the dataset, unless only parts are measured and an earlier run left one. */
  private PgbenchScript.Recorded prepare(List<Workload> workloads) throws SQLException {
    if (!options.isPartial() || !cluster.has(DATABASE)) {
      cluster.create(DATABASE, "template1");
      try {
        // Runs the migrations.
        ServiceUnderTest.start(cluster.url(DATABASE), Map.of()).close();
        Dataset.write(cluster, DATABASE, options.dataset());
      } catch (SQLException | RuntimeException | AssertionError e) {
        // The next run would take a part for the whole.
        cluster.drop(DATABASE);
        throw e;
      }
    } else {
      Report.progress("using the dataset of an earlier run");
    }
    return PgbenchScript.record(cluster, DATABASE, options.dataset(), workloads);
  }

  /** The service's default. */
  private static int poolSize() {
    Map<String, String> environment =
        Map.of("DATABASE_URL", "postgres://127.0.0.1/x", "PLUGIN_SECRET", Service.TOKEN);
    return Settings.read(environment::get).databasePoolSize();
  }
}
