package org.nself.incidents.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Measures every work beside its limits, again and again. */
final class Rounds {

  private final Wrk wrk;
  private final Pgbench pgbench;
  private final Statements statements;
  private final Cluster cluster;
  private final String database;

  Rounds(Wrk wrk, Pgbench pgbench, Statements statements, Cluster cluster, String database) {
    this.wrk = wrk;
    this.pgbench = pgbench;
    this.statements = statements;
    this.cluster = cluster;
    this.database = database;
  }

  /**
   * What pgbench gave for the same statements in the same round.
   *
   * @param rate over as many connections as the service has
   * @param p99 milliseconds, with as many clients as the service has; only where p99 has an aim
   */
  record Limit(double rate, OptionalDouble p99) {}

  /**
   * A work in a round.
   *
   * @param empty the rate of the empty handler in the same round
   */
  record Lap(Wrk.Load load, Limit limit, double empty) {}

  /** A work over one protocol, in all rounds. */
  record Figure(Work work, Protocol protocol, int roundTrips, List<Lap> laps) {

    Spread rate() {
      return Spread.of(laps.stream().map(lap -> lap.load().rate()).toList());
    }

    Spread p50() {
      return Spread.of(laps.stream().map(lap -> lap.load().p50()).toList());
    }

    Spread p99() {
      return Spread.of(laps.stream().map(lap -> lap.load().p99()).toList());
    }

    Spread pgbench() {
      return Spread.of(laps.stream().map(lap -> lap.limit().rate()).toList());
    }

    /** Null where it was not looked at. */
    @Nullable Spread pgbenchP99() {
      List<Double> all = laps.stream().flatMap(lap -> lap.limit().p99().stream().boxed()).toList();
      return all.isEmpty() ? null : Spread.of(all);
    }

    Spread toPgbench() {
      return Spread.of(laps.stream().map(lap -> lap.load().rate() / lap.limit().rate()).toList());
    }

    Spread toEmpty() {
      return Spread.of(laps.stream().map(lap -> lap.load().rate() / lap.empty()).toList());
    }
  }

  /** What all rounds gave, and the empty handler in them. */
  record Result(List<Figure> figures, List<Wrk.Load> empty) {}

  /**
   * Every path once with every body looked at, then again until the JVM is warm: its compilers have
   * what two busy cores leave them, and the rate of a list rises for half a minute.
   *
   * @param seconds each time
   * @param all seconds together, at least, beyond the first time
   */
  void warm(List<Work> works, int seconds, int all) throws IOException {
    wrk.check(Wrk.Requests.empty(), seconds);
    for (Work work : works) {
      for (Protocol protocol : Protocol.values()) {
        Wrk.Load load = wrk.check(Wrk.Requests.of(work, protocol), seconds);
        say("  %-8s  %-8s %,9.0f/s".formatted(work.name(), protocol.title(), load.rate()));
      }
    }
    int once = seconds * works.size() * Protocol.values().length;
    for (int done = 0; done < all; done += once) {
      for (Work work : works) {
        for (Protocol protocol : Protocol.values()) {
          wrk.measure(Wrk.Requests.of(work, protocol), seconds);
        }
      }
    }
  }

  Result run(List<Work> works, int rounds, int seconds) throws IOException, SQLException {
    Map<String, Figure> figures = new LinkedHashMap<>();
    List<Wrk.Load> empties = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      cluster.execute(database, "checkpoint");
      Wrk.Load empty = wrk.measure(Wrk.Requests.empty(), seconds);
      empties.add(empty);
      say("round %d: empty handler %,.0f/s".formatted(round, empty.rate()));
      for (Work work : works) {
        Map<PgbenchScript, Limit> limits = new HashMap<>();
        for (Protocol protocol : Protocol.values()) {
          PgbenchScript script = statements.script(work, protocol);
          if (!limits.containsKey(script)) {
            limits.put(script, limit(work, protocol, seconds));
          }
          Limit limit = Objects.requireNonNull(limits.get(script));
          Wrk.Load load = wrk.measure(Wrk.Requests.of(work, protocol), seconds);
          figures
              .computeIfAbsent(
                  work.name() + protocol,
                  name ->
                      new Figure(
                          work, protocol, statements.roundTrips(work, protocol), new ArrayList<>()))
              .laps()
              .add(new Lap(load, limit, empty.rate()));
          say(
              "  %-8s  %-8s %,9.0f/s  p99 %6.1f ms  pgbench %,9.0f/s  ratio %.2f"
                  .formatted(
                      work.name(),
                      protocol.title(),
                      load.rate(),
                      load.p99(),
                      limit.rate(),
                      load.rate() / limit.rate()));
        }
      }
    }
    return new Result(List.copyOf(figures.values()), empties);
  }

  private Limit limit(Work work, Protocol protocol, int seconds) throws IOException {
    PgbenchScript script = statements.script(work, protocol);
    String name = work.name() + "-" + protocol.title();
    return new Limit(
        pgbench.rate(name, script, database, seconds),
        work.aim(protocol) > 0
            ? OptionalDouble.of(pgbench.p99(name, script, database, seconds, wrk.connections()))
            : OptionalDouble.empty());
  }

  static void say(String text) {
    System.out.println(text);
  }
}
