package org.nself.incidents.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The figures as Markdown. */
final class Report {

  private static final double P99_AIM = 20;
  private static final double GROWTH_AIM = 1.2;
  private static final double READY_AIM = 1_500;
  private static final long IDLE_AIM = 200;
  private static final long LOAD_AIM = 400;

  private final List<String> lines = new ArrayList<>();

  Report(Machine machine, DatasetSize size) {
    line("# Results");
    line("");
    line("Written by `bench/run`; what the columns mean is in [README.md](README.md).");
    line("");
    machine.lines().forEach(fact -> line("- %s".formatted(fact)));
    line(
        ("- %,d incidents and %,d events in %d accounts; median of the rounds, least and most in"
                + " brackets")
            .formatted(size.incidents(), (long) size.incidents() * size.events(), size.accounts()));
  }

  private void line(String text) {
    lines.add(text);
  }

  Report works(Rounds.Result result) {
    line("");
    line(
        "| work | over | requests/s | p50 ms | p99 ms | round trips | pgbench/s | of pgbench | of"
            + " an empty answer | p99 of pgbench | aim |");
    line("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|");
    for (Rounds.Figure figure : result.figures()) {
      Spread ratio = figure.toPgbench();
      @Nullable Spread limit = figure.pgbenchP99();
      line(
          "| %s | %s | %,.0f | %.1f | %s | %d | %,.0f | **%.2f** (%.2f–%.2f) | %.2f | %s | %s |"
              .formatted(
                  figure.work().title(),
                  figure.protocol().title(),
                  figure.rate().median(),
                  figure.p50().median(),
                  spread(figure.p99()),
                  figure.roundTrips(),
                  figure.pgbench().median(),
                  ratio.median(),
                  ratio.least(),
                  ratio.most(),
                  figure.toEmpty().median(),
                  limit == null ? "" : spread(limit),
                  aim(figure)));
    }
    Spread empty = Spread.of(result.empty().stream().map(Wrk.Load::rate).toList());
    Spread p99 = Spread.of(result.empty().stream().map(Wrk.Load::p99).toList());
    line(
        "| An empty answer of 4 KB, authenticated | REST | %,.0f | %.1f | %s | | | | | | |"
            .formatted(
                empty.median(),
                Spread.of(result.empty().stream().map(Wrk.Load::p50).toList()).median(),
                spread(p99)));
    return this;
  }

  private static String spread(Spread spread) {
    return "%.1f (%.1f–%.1f)".formatted(spread.median(), spread.least(), spread.most());
  }

  private static String aim(Rounds.Figure figure) {
    double ratio = figure.work().aim(figure.protocol());
    return ratio == 0
        ? ""
        : "%.2f %s; p99 under %.0f ms %s"
            .formatted(
                ratio,
                word(figure.toPgbench().median() >= ratio),
                P99_AIM,
                word(figure.p99().median() < P99_AIM));
  }

  private static String word(boolean met) {
    return met ? "met" : "**missed**";
  }

  Report growth(List<Growth.Figure> figures) {
    line("");
    line("## Growth");
    line("");
    line("Over GraphQL; each p99 beside that of the row above it, for the same work.");
    line("");
    line("| work | on | requests/s | p99 ms | p99 grows by | aim |");
    line("|---|---|--:|--:|--:|---|");
    for (int i = 0; i < figures.size(); i++) {
      Growth.Figure figure = figures.get(i);
      // They come in pairs: small and large.
      boolean larger = i % 2 == 1;
      double growth =
          larger ? figure.p99().median() / figures.get(i - 1).p99().median() : Double.NaN;
      line(
          "| %s | %s | %,.0f | %s | %s | %s |"
              .formatted(
                  figure.work().title(),
                  figure.on(),
                  figure.rate().median(),
                  spread(figure.p99()),
                  larger ? "%.2f".formatted(growth) : "",
                  larger ? "%.1f %s".formatted(GROWTH_AIM, word(growth <= GROWTH_AIM)) : ""));
    }
    return this;
  }

  Report start(List<StartUp.Figure> figures) {
    line("");
    line("## Start and memory");
    line("");
    line("| what | ready after ms | resident MB, idle | aim |");
    line("|---|--:|--:|---|");
    for (StartUp.Figure figure : figures) {
      line(
          "| %s | %,.0f (%,.0f–%,.0f) | %d | %s |"
              .formatted(
                  figure.how(),
                  figure.readyMillis().median(),
                  figure.readyMillis().least(),
                  figure.readyMillis().most(),
                  figure.idleMegabytes(),
                  figure.how().contains("AOT")
                      ? "%,.0f ms %s; %d MB %s"
                          .formatted(
                              READY_AIM,
                              word(figure.readyMillis().median() <= READY_AIM),
                              IDLE_AIM,
                              word(figure.idleMegabytes() < IDLE_AIM))
                      : ""));
    }
    return this;
  }

  /**
   * @param megabytes the most that was resident in all rounds
   */
  Report loaded(long megabytes) {
    line("");
    line(
        "Under load, in all rounds together, at most %d MB were resident (aim: under %d MB, %s)."
            .formatted(megabytes, LOAD_AIM, word(megabytes < LOAD_AIM)));
    return this;
  }

  String text() {
    return String.join("\n", lines) + "\n";
  }
}
