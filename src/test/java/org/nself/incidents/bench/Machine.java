package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where and of what the figures are, a line each. */
record Machine(List<String> lines) {

  static Machine of(Cluster cluster, String pool, int connections)
      throws IOException, SQLException {
    return new Machine(
        List.of(
            LocalDate.now(ZoneOffset.UTC) + ", commit " + commit(),
            "%d cores (%s), %d GB of memory, Linux %s; PostgreSQL, service and client share them"
                .formatted(
                    Runtime.getRuntime().availableProcessors(),
                    first("/proc/cpuinfo", "model name"),
                    Long.parseLong(first("/proc/meminfo", "MemTotal").replaceAll("\\D", ""))
                        / (1 << 20),
                    System.getProperty("os.version")),
            "JDK " + Runtime.version() + ", " + String.join(" ", BenchedService.options()),
            "PostgreSQL %s, %s, huge pages %s, %s"
                .formatted(
                    cluster.text("postgres", "show server_version"),
                    Cluster.SETTINGS,
                    cluster.text("postgres", "show huge_pages_status"),
                    pool),
            "wrk with %d connections and one thread".formatted(connections)));
  }

  private static String commit() {
    try {
      return Program.run(
              List.of("git", "describe", "--always", "--dirty", "--exclude=*"), Map.of(), 10)
          .strip();
    } catch (BrokenPath e) {
      return "unknown: " + e.getMessage();
    }
  }

  private static String first(String file, String name) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse("0");
    }
  }
}
