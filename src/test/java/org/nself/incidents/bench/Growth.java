package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What becomes of list, detail and append as data grows: the same on two databases in turn. */
final class Growth {

  private static final Protocol PROTOCOL = Protocol.GRAPHQL;

  /** How many times as long a work is done to warm the JVM as to measure it. */
  private static final int WARM = 3;

  private Growth() {}

  /** A work on one of the databases, in all rounds. */
  record Figure(Work work, String on, List<Wrk.Load> loads) {

    Spread rate() {
      return Spread.of(loads.stream().map(Wrk.Load::rate).toList());
    }

    Spread p99() {
      return Spread.of(loads.stream().map(Wrk.Load::p99).toList());
    }
  }

  private record Place(String on, Wrk wrk, Wrk.Requests requests) {}

  static List<Figure> measure(Cluster cluster, BenchOptions options, Path directory)
      throws IOException, SQLException {
    DatasetSize small = options.small();
    DatasetSize large = options.large();
    try (BenchedService serviceOnSmall = start(cluster, "bench_small", small);
        BenchedService serviceOnLarge = start(cluster, "bench_large", large)) {
      Wrk onSmall = new Wrk(serviceOnSmall, small, directory, options.connections());
      Wrk onLarge = new Wrk(serviceOnLarge, large, directory, options.connections());
      Map<String, Figure> figures = new LinkedHashMap<>();
      Target longest = new Target(Target.FIRST_ACCOUNT, 1);
      // Round 0 only warms, and longer than the others take: a JVM that still compiles looks like
      // growth.
      for (int round = options.smoke() ? 1 : 0; round <= options.rounds(); round++) {
        cluster.execute("postgres", "checkpoint");
        for (Work work : Work.growing()) {
          Wrk.Requests all = Wrk.Requests.of(work, PROTOCOL);
          List<Place> places = new ArrayList<>();
          places.add(new Place("%,d incidents".formatted(small.incidents()), onSmall, all));
          places.add(new Place("%,d incidents".formatted(large.incidents()), onLarge, all));
          if (!work.name().equals("list")) {
            // Appending to one incident is one at a time; so a short one is beside the long one.
            places.add(
                new Place(
                    "one incident of few events",
                    onSmall,
                    Wrk.Requests.onOne(work, PROTOCOL, new Target(Target.FIRST_ACCOUNT, 2))));
            places.add(
                new Place(
                    "one incident of %,d events".formatted(small.longTimeline()),
                    onSmall,
                    Wrk.Requests.onOne(work, PROTOCOL, longest)));
          }
          // Neither database is always the first one.
          for (Place place : round % 2 == 1 ? places : places.reversed()) {
            Wrk.Load load =
                place.wrk().measure(place.requests(), options.seconds() * (round == 0 ? WARM : 1));
            if (round > 0) {
              Objects.requireNonNull(
                      figures.computeIfAbsent(
                          work.name() + place.on(),
                          name -> new Figure(work, place.on(), new ArrayList<>())))
                  .loads()
                  .add(load);
              Rounds.say(
                  "  %-8s %-32s %,9.0f/s  p99 %6.1f ms"
                      .formatted(work.name(), place.on(), load.rate(), load.p99()));
            }
          }
        }
      }
      return List.copyOf(figures.values());
    } finally {
      cluster.execute("postgres", "drop database if exists bench_small with (force)");
      cluster.execute("postgres", "drop database if exists bench_large with (force)");
    }
  }

  private static BenchedService start(Cluster cluster, String database, DatasetSize size)
      throws SQLException {
    Rounds.say("%s: %,d incidents".formatted(database, size.incidents()));
    cluster.create(database);
    BenchedService service = BenchedService.start(cluster.url(database), Map.of());
    Dataset.write(cluster, database, size);
    return service;
  }
}
