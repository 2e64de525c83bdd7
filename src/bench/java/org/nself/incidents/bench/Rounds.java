package org.nself.incidents.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.nself.incidents.bench.Workload.Request;

/** Measures in rounds, so that slow spells of the machine meet all figures alike. */
final class Rounds {

  private Rounds() {}

  /**
   * A request to measure; it is done for so many seconds.
   *
   * @param on which service or data it is measured on
   */
  record Subject(Workload workload, Request request, String on, IntFunction<Wrk.Load> load) {

    static Subject of(Workload workload, Request request, String on, Wrk wrk) {
      return new Subject(workload, request, on, seconds -> wrk.measure(request, seconds));
    }
  }

  /**
   * A workload beside its limits, in all rounds.
   *
   * @param pgbench rate of the same statements over as many connections as the service has
   * @param pgbenchP99 with as many clients as the service has; only where there is an aim
   * @param empty rate of the empty handler
   */
  record Beside(
      Workload workload,
      Request request,
      int roundTrips,
      Wrk.Figures figures,
      Samples pgbench,
      Samples pgbenchP99,
      Samples empty) {}

  record Measurements(List<Beside> rows, Wrk.Figures empty) {}

  /**
   * Checks every body once, then runs all until the JVM is warm: its compilers get little of two
   * busy cores, and the rate of a list rises for half a minute.
   */
  static void warmUp(Wrk wrk, List<Workload> workloads, Options options) {
    Report.progress("warming up, checking every body");
    int once = options.seconds() * workloads.size() * 2;
    for (int done = -once; done < options.warmUpSeconds(); done += once) {
      for (Workload workload : workloads) {
        for (Request request : workload.requests()) {
          if (done < 0) {
            wrk.check(request, options.seconds());
          } else {
            wrk.measure(request, options.seconds());
          }
        }
      }
    }
  }

  /** Measures each workload after pgbench with the same statements. */
  static Measurements besideLimits(
      Wrk wrk, Pgbench pgbench, PgbenchScript.Recorded recorded, Options options)
      throws IOException, SQLException {
    Wrk.Figures empty = new Wrk.Figures();
    List<Beside> rows = new ArrayList<>();
    for (Workload workload : options.workloads()) {
      for (Request request : workload.requests()) {
        rows.add(
            new Beside(
                workload,
                request,
                script(recorded, request).roundTrips(),
                new Wrk.Figures(),
                new Samples(),
                new Samples(),
                empty.rate()));
      }
    }
    int seconds = options.seconds();
    for (int round = 1; round <= options.rounds(); round++) {
      pgbench.cluster().execute("checkpoint");
      empty.add(wrk.measure(Workload.EMPTY, seconds));
      // GraphQL and REST often send the same statements.
      Map<PgbenchScript, Double> rates = new HashMap<>();
      Map<PgbenchScript, Double> p99s = new HashMap<>();
      for (Beside row : rows) {
        PgbenchScript script = script(recorded, row.request());
        if (!rates.containsKey(script)) {
          rates.put(script, pgbench.rate(script, seconds));
        }
        row.pgbench().add(Objects.requireNonNull(rates.get(script)));
        if (row.request().aim() > 0) {
          if (!p99s.containsKey(script)) {
            p99s.put(script, pgbench.p99(script, seconds, wrk.connections()));
          }
          row.pgbenchP99().add(Objects.requireNonNull(p99s.get(script)));
        }
        Wrk.Load load = wrk.measure(row.request(), seconds);
        row.figures().add(load);
        progress(round, row.workload(), row.request().protocol(), load);
      }
    }
    return new Measurements(rows, empty);
  }

  private static PgbenchScript script(PgbenchScript.Recorded recorded, Request request) {
    return Objects.requireNonNull(recorded.scripts().get(request));
  }

  /** Measures the subjects of each group after one another, in reverse order every other round. */
  static Map<Subject, Wrk.Figures> byTurns(
      Cluster cluster, List<List<Subject>> groups, Options options) throws SQLException {
    Map<Subject, Wrk.Figures> figures = new LinkedHashMap<>();
    for (int round = 1; round <= options.rounds(); round++) {
      cluster.execute("checkpoint");
      for (List<Subject> group : groups) {
        group.forEach(subject -> figures.putIfAbsent(subject, new Wrk.Figures()));
        for (Subject subject : round % 2 == 1 ? group : group.reversed()) {
          Wrk.Load load = subject.load().apply(options.seconds());
          Objects.requireNonNull(figures.get(subject)).add(load);
          String what = "%s, %s".formatted(subject.request().protocol(), subject.on());
          progress(round, subject.workload(), what, load);
        }
      }
    }
    return figures;
  }

  private static void progress(int round, Workload workload, String what, Wrk.Load load) {
    Report.progress(
        "  %d: %-8s %-40s %,9.0f/s  p99 %6.1f ms",
        round, workload.name(), what, load.rate(), load.p99());
  }
}
