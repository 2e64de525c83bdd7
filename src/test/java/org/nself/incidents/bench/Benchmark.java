package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.testing.Service;

/**
 * Measures the service beside its limits. Started by {@code bench/run}, which brings what it needs;
 * ends with 1 where something does not work, never for a figure.
 */
final class Benchmark {

  private static final Path DIRECTORY = Path.of("target", "bench");

  private final BenchOptions options;
  private final Cluster cluster;
  private final String database;

  private Benchmark(BenchOptions options, Cluster cluster) {
    this.options = options;
    this.cluster = cluster;
    this.database = "bench";
  }

  public static void main(String[] arguments) throws IOException, SQLException {
    Locale.setDefault(Locale.ROOT);
    BenchOptions options;
    try {
      options = BenchOptions.read(List.of(arguments));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    Path data = DIRECTORY.resolve(options.smoke() ? "database-smoke" : "database");
    try (Cluster cluster = Cluster.start(data)) {
      new Benchmark(options, cluster).run();
    } catch (BrokenPath e) {
      System.err.println("BROKEN: " + e.getMessage());
      System.exit(1);
    }
    System.exit(0);
  }

  private void run() throws IOException, SQLException {
    List<Work> works = options.works();
    Statements statements = works.isEmpty() ? new Statements(Map.of(), Map.of()) : prepare(works);
    Pgbench pgbench =
        new Pgbench(
            cluster,
            DIRECTORY.resolve("scripts"),
            Math.min(options.connections(), poolSize()),
            statements.settings());
    Report report =
        new Report(
            Machine.of(
                cluster,
                "%d connections, %s".formatted(pgbench.connections(), statements.settings()),
                options.connections()),
            options.dataset());
    Rounds.@Nullable Result result = null;
    if (!works.isEmpty()) {
      result = rounds(works, statements, pgbench, report);
    }
    if (options.includes(BenchOptions.GROWTH)) {
      report.growth(Growth.measure(cluster, options, DIRECTORY.resolve("requests")));
    }
    String jar = System.getProperty("bench.jar", "");
    if (options.includes(BenchOptions.START) && !jar.isEmpty()) {
      report.start(StartUp.measure(cluster, Path.of(jar), DIRECTORY, options.smoke()));
    }
    Path directory = options.isComplete() ? Path.of("bench") : DIRECTORY;
    Files.writeString(directory.resolve("results.md"), report.text());
    if (result != null) {
      Files.writeString(directory.resolve("results.svg"), Plot.of(result.figures()));
    }
    System.out.println();
    System.out.println(report.text());
    System.out.println("written to " + directory.resolve("results.md"));
  }

  private Rounds.Result rounds(
      List<Work> works, Statements statements, Pgbench pgbench, Report report)
      throws IOException, SQLException {
    try (BenchedService service = BenchedService.start(cluster.url(database), Map.of())) {
      Wrk wrk =
          new Wrk(service, options.dataset(), DIRECTORY.resolve("requests"), options.connections());
      Rounds rounds = new Rounds(wrk, pgbench, statements, cluster, database);
      System.out.println("every path, every body looked at; the JVM gets warm");
      rounds.warm(works, options.seconds(), options.warmSeconds());
      Rounds.Result result = rounds.run(works, options.rounds(), options.seconds());
      report.works(result).loaded(service.mostResidentMegabytes());
      if (options.profile()) {
        Profile.record(service, wrk, works.getFirst(), DIRECTORY, options.smoke() ? 3 : 15);
      }
      return result;
    }
  }

  /** Writes the dataset, unless only a part is measured and an earlier run left one. */
  private Statements prepare(List<Work> works) throws SQLException {
    boolean again = options.only() != null && cluster.has(database);
    if (!again) {
      cluster.create(database);
    }
    try {
      return Statements.record(
          cluster,
          database,
          options.dataset(),
          works,
          () -> {
            if (again) {
              Rounds.say("the dataset of an earlier run is used again");
            } else {
              fill();
            }
          });
    } catch (SQLException | RuntimeException | AssertionError e) {
      // Half a dataset is worse than none.
      cluster.execute("postgres", "drop database if exists " + database + " with (force)");
      throw e;
    }
  }

  private void fill() throws SQLException {
    long began = System.nanoTime();
    Dataset.write(cluster, database, options.dataset());
    Rounds.say(
        "dataset: %,d incidents, %s events, %s, after %.0f s"
            .formatted(
                options.dataset().incidents(),
                cluster.text(database, "select count(*) from np_incident_timeline"),
                cluster.text(
                    database, "select pg_size_pretty(pg_database_size('%s'))".formatted(database)),
                (System.nanoTime() - began) / 1e9));
  }

  /** The service's own default. */
  private static int poolSize() {
    Map<String, String> environment =
        Map.of("DATABASE_URL", "postgres://127.0.0.1/x", "PLUGIN_SECRET", Service.TOKEN);
    return Settings.read(environment::get).databasePoolSize();
  }
}
