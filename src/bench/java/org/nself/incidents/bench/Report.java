package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.stream.Collectors;
import org.nself.incidents.bench.Rounds.Subject;

/** The figures as Markdown. */
final class Report {

  private static final double P99_AIM = 20;
  private static final double GROWTH_AIM = 1.2;
  private static final double READY_AIM = 1_500;
  private static final long IDLE_AIM = 200;
  private static final long LOAD_AIM = 400;

  private final List<String> lines = new ArrayList<>();

  /** Prints a line while the benchmark runs. */
  static void progress(String format, Object... arguments) {
    System.out.println(format.formatted(arguments));
  }

  Report(Cluster cluster, Options options, String sessions) throws SQLException {
    line("# Results");
    line("");
    line("Written by `bench/run`; what the columns mean is in [README.md](README.md).");
    line("");
    String commit =
        Commands.run(List.of("git", "describe", "--always", "--dirty", "--exclude=*"), Map.of());
    line("- %s, commit %s", LocalDate.now(ZoneOffset.UTC), commit.strip());
    line(
        "- %d cores (%s), %d GB of memory, Linux %s; PostgreSQL, service and client share them",
        Runtime.getRuntime().availableProcessors(),
        Commands.proc("cpuinfo", "model name"),
        Long.parseLong(Commands.proc("meminfo", "MemTotal").replaceAll("\\D", "")) / (1 << 20),
        System.getProperty("os.version"));
    line("- JDK %s, %s", Runtime.version(), String.join(" ", ServiceUnderTest.options()));
    line(
        "- PostgreSQL %s, %s, huge pages %s%s",
        cluster.text("postgres", "show server_version"),
        Cluster.SETTINGS,
        cluster.text("postgres", "show huge_pages_status"),
        sessions);
    line("- wrk with %d connections and one thread", options.connections());
    Dataset.Size size = options.dataset();
    line(
        "- %,d incidents and %,d events in %d accounts; median of the rounds, least and most in"
            + " brackets",
        size.incidents(), (long) size.incidents() * size.events(), size.accounts());
  }

  private void line(String format, Object... arguments) {
    lines.add(format.formatted(arguments));
  }

  void workloads(Rounds.Measurements result) {
    line("");
    line(
        "| workload | over | requests/s | p50 ms | p99 ms | round trips | pgbench/s | of pgbench |"
            + " of an empty response | p99 of pgbench | aim |");
    line("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|");
    for (Rounds.Beside row : result.rows()) {
      Wrk.Figures figures = row.figures();
      Samples ratio = figures.rate().dividedBy(row.pgbench());
      double aim = row.request().aim();
      line(
          "| %s | %s | %,.0f | %.1f | %s | %d | %,.0f | **%.2f** %s | %.2f | %s | %s |",
          row.workload().title(),
          row.request().protocol(),
          figures.rate().median(),
          figures.p50().median(),
          figures.p99().format("%.1f"),
          row.roundTrips(),
          row.pgbench().median(),
          ratio.median(),
          ratio.format("%.2f").split(" ", 2)[1],
          figures.rate().dividedBy(row.empty()).median(),
          row.pgbenchP99().isEmpty() ? "" : row.pgbenchP99().format("%.1f"),
          aim == 0
              ? ""
              : "%.2f %s; p99 under %.0f ms %s"
                  .formatted(
                      aim,
                      met(ratio.median() >= aim),
                      P99_AIM,
                      met(figures.p99().median() < P99_AIM)));
    }
    line(
        "| An empty response of 4 KB, authenticated | REST | %,.0f | %.1f | %s | | | | | | |",
        result.empty().rate().median(),
        result.empty().p50().median(),
        result.empty().p99().format("%.1f"));
  }

  private static String met(boolean met) {
    return met ? "met" : "**missed**";
  }

  void memoryUnderLoad(long megabytes) {
    line("");
    line(
        "Under load, in all rounds together, at most %d MB were resident (aim: under %d MB, %s).",
        megabytes, LOAD_AIM, met(megabytes < LOAD_AIM));
  }

  /** A table and a plot of rates, beside those of the service by GraphQL, which come first. */
  void peers(Map<String, Wrk.Figures> figures) {
    line("");
    line("## Beside peers");
    line("");
    line(
        "The same list over the same table. Only the service authenticates and isolates accounts.");
    line("");
    line("| server | requests/s | p50 ms | p99 ms | service over GraphQL, times it |");
    line("|---|--:|--:|--:|--:|");
    Samples service = figures.values().iterator().next().rate();
    figures.forEach(
        (name, of) ->
            line(
                "| %s | %s | %.1f | %s | %s |",
                name,
                of.rate().format("%,.0f"),
                of.p50().median(),
                of.p99().format("%.1f"),
                service.dividedBy(of.rate()).format("%.2f")));
    line("");
    line("```mermaid");
    line("xychart-beta");
    line("  title \"List of the 20 newest incidents, requests per second\"");
    line(
        "  x-axis [%s]",
        figures.keySet().stream().map(name -> '"' + name + '"').collect(Collectors.joining(", ")));
    line(
        "  bar [%s]",
        figures.values().stream()
            .map(of -> "%.0f".formatted(of.rate().median()))
            .collect(Collectors.joining(", ")));
    line("```");
  }

  void growth(Map<Subject, Wrk.Figures> figures) {
    line("");
    line("## Growth");
    line("");
    line("Over GraphQL; each p99 beside that of the row above it, for the same workload.");
    line("");
    line("| workload | on | requests/s | p99 ms | p99 grows by | aim |");
    line("|---|---|--:|--:|--:|---|");
    for (Iterator<Entry<Subject, Wrk.Figures>> rows = figures.entrySet().iterator();
        rows.hasNext(); ) {
      Entry<Subject, Wrk.Figures> small = rows.next();
      Entry<Subject, Wrk.Figures> large = rows.next();
      double growth = large.getValue().p99().median() / small.getValue().p99().median();
      growthRow(small, " |  ");
      growthRow(large, "%.2f | %.1f %s".formatted(growth, GROWTH_AIM, met(growth <= GROWTH_AIM)));
    }
  }

  private void growthRow(Entry<Subject, Wrk.Figures> row, String growth) {
    line(
        "| %s | %s | %,.0f | %s | %s |",
        row.getKey().workload().title(),
        row.getKey().on(),
        row.getValue().rate().median(),
        row.getValue().p99().format("%.1f"),
        growth);
  }

  void comparison(Options options, Map<Subject, Wrk.Figures> figures) {
    line("");
    line("## Before and after, by turns");
    line("");
    for (String side : List.of("before", "after")) {
      line("- %s: %s %s", side, options.jar(side), String.join(" ", options.jvmOptions(side)));
    }
    line("- a ratio is that of the two runs in the same round, after by before");
    line("");
    line("| workload | over | requests/s before | after | ratio | p99 ms before | after | ratio |");
    line("|---|---|--:|--:|--:|--:|--:|--:|");
    for (Iterator<Entry<Subject, Wrk.Figures>> rows = figures.entrySet().iterator();
        rows.hasNext(); ) {
      Entry<Subject, Wrk.Figures> first = rows.next();
      Wrk.Figures before = first.getValue();
      Wrk.Figures after = rows.next().getValue();
      line(
          "| %s | %s | %,.0f | %,.0f | %s | %.1f | %.1f | %s |",
          first.getKey().workload().title(),
          first.getKey().request().protocol(),
          before.rate().median(),
          after.rate().median(),
          after.rate().dividedBy(before.rate()).format("%.2f"),
          before.p99().median(),
          after.p99().median(),
          after.p99().dividedBy(before.p99()).format("%.2f"));
    }
  }

  void start(List<StartUp.Figure> figures) {
    line("");
    line("## Start and memory");
    line("");
    line("| what | ready after ms | resident MB, idle | aim |");
    line("|---|--:|--:|---|");
    for (StartUp.Figure figure : figures) {
      line(
          "| %s | %s | %d | %s |",
          figure.how(),
          figure.readyMillis().format("%,.0f"),
          figure.idleMegabytes(),
          figure.how().contains("AOT")
              ? "%,.0f ms %s; %d MB %s"
                  .formatted(
                      READY_AIM,
                      met(figure.readyMillis().median() <= READY_AIM),
                      IDLE_AIM,
                      met(figure.idleMegabytes() < IDLE_AIM))
              : "");
    }
  }

  void write(Path file) throws IOException {
    String text = String.join("\n", lines) + "\n";
    Files.writeString(file, text);
    progress("%n%s%nwritten to %s", text, file);
  }
}
