package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs pgbench: what the database gives where nothing stands before it. */
final class Pgbench {

  private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");

  private final Cluster cluster;
  private final Path directory;
  private final int connections;
  private final Map<String, String> settings;

  /**
   * @param connections as many as the service has, at most as many as its clients
   * @param settings of the session, as the service has them
   */
  Pgbench(Cluster cluster, Path directory, int connections, Map<String, String> settings) {
    this.cluster = cluster;
    this.directory = directory;
    this.connections = connections;
    this.settings = settings;
  }

  int connections() {
    return connections;
  }

  /** Transactions per second. */
  double rate(String name, PgbenchScript script, String database, int seconds) throws IOException {
    String output = run(name, script, database, seconds, connections, List.of());
    Matcher rate = RATE.matcher(output);
    if (!rate.find()) {
      throw new BrokenPath(name + ": pgbench gave no figure: " + output);
    }
    return Double.parseDouble(rate.group(1));
  }

  /**
   * How long all but one of a hundred transactions take at most, in milliseconds, where each of so
   * many clients has a connection of its own.
   */
  double p99(String name, PgbenchScript script, String database, int seconds, int clients)
      throws IOException {
    Path logs = directory.resolve(name + "-times");
    Files.createDirectories(logs);
    // A run that was killed leaves its own.
    for (Path left : files(logs)) {
      Files.delete(left);
    }
    run(
        name,
        script,
        database,
        seconds,
        clients,
        List.of("--log", "--log-prefix=" + logs.resolve("of")));
    List<String> lines = new ArrayList<>();
    for (Path file : files(logs)) {
      lines.addAll(Files.readAllLines(file));
    }
    // Client, number, microseconds, and more.
    long[] micros =
        lines.stream().mapToLong(line -> Long.parseLong(line.split(" ", 4)[2])).sorted().toArray();
    if (micros.length == 0) {
      throw new BrokenPath(name + ": pgbench logged no transaction");
    }
    return micros[(int) (micros.length * 0.99)] / 1e3;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> found = Files.list(directory)) {
      return found.toList();
    }
  }

  private String run(
      String name,
      PgbenchScript script,
      String database,
      int seconds,
      int clients,
      List<String> more)
      throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve(name + ".pgbench");
    Files.writeString(file, script.text());
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("bench.pgbench", "pgbench"),
                "--no-vacuum",
                "--protocol=prepared",
                "--client=" + clients,
                "--jobs=1",
                "--time=" + seconds,
                "--host=127.0.0.1",
                "--port=" + cluster.port(),
                "--username=" + Cluster.LOGIN,
                "--file=" + file));
    script
        .variables()
        .forEach((variable, value) -> command.add("--define=" + variable + "=" + value));
    command.addAll(more);
    command.add(database);
    String output =
        Program.run(
            command,
            Map.of(
                "PGPASSWORD",
                Cluster.LOGIN,
                "PGOPTIONS",
                settings.entrySet().stream()
                    .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
                    .collect(Collectors.joining(" "))),
            seconds + 60);
    if (output.contains("aborted")) {
      throw new BrokenPath(name + ": pgbench gave up: " + output);
    }
    return output;
  }
}
