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

/**
 * Runs pgbench: what the database does without the service.
 *
 * @param connections as many as the service has, at most as many as it has clients
 * @param settings of the sessions, as the service sets them
 */
record Pgbench(
    Cluster cluster,
    String database,
    Path directory,
    int connections,
    Map<String, String> settings) {

  private static final Pattern RATE = Pattern.compile("tps = ([0-9.]+)");

  /** Transactions per second. */
  double rate(PgbenchScript script, int seconds) throws IOException {
    String output = run(script, seconds, connections, List.of());
    Matcher rate = RATE.matcher(output);
    if (!rate.find()) {
      throw new IllegalStateException("pgbench printed no figure: " + output);
    }
    return Double.parseDouble(rate.group(1));
  }

  /** Milliseconds, with a connection for each client. */
  double p99(PgbenchScript script, int seconds, int clients) throws IOException {
    Path logs = Files.createTempDirectory(Files.createDirectories(directory), "transactions");
    run(script, seconds, clients, List.of("--log", "--log-prefix=" + logs.resolve("log")));
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.toList()) {
        lines.addAll(Files.readAllLines(file));
        Files.delete(file);
      }
    }
    Files.delete(logs);
    // Client, number, microseconds, and more.
    return new Latencies(lines.stream().mapToLong(line -> Long.parseLong(line.split(" ", 4)[2])))
        .millis(0.99);
  }

  private String run(PgbenchScript script, int seconds, int clients, List<String> more)
      throws IOException {
    Path file = Files.createDirectories(directory).resolve("script.pgbench");
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
    script.variables().forEach((name, value) -> command.add("--define=" + name + "=" + value));
    command.addAll(more);
    command.add(database);
    String options =
        settings.entrySet().stream()
            .map(setting -> "-c " + setting.getKey() + "=" + setting.getValue())
            .collect(Collectors.joining(" "));
    String output =
        Commands.run(command, Map.of("PGPASSWORD", Cluster.LOGIN, "PGOPTIONS", options));
    if (output.contains("aborted")) {
      throw new IllegalStateException("pgbench gave up: " + output);
    }
    return output;
  }
}
