package org.nself.incidents.bench;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nself.incidents.bench.Dataset.IncidentTarget;
import org.nself.incidents.bench.Rounds.Subject;
import org.nself.incidents.bench.Workload.Request;
import org.nself.incidents.testing.ServiceProcess;

/** How list, detail and append slow down as data grows: two databases by turns, over GraphQL. */
final class Growth {

  /** How many times as long a subject runs to warm the JVM as it is measured. */
  private static final int WARM_UP = 3;

  private Growth() {}

  /** The subjects in pairs: small and large. */
  static Map<Subject, Wrk.Figures> measure(Cluster cluster, Options options) throws SQLException {
    try (ServiceProcess serviceOnSmall = start(cluster, "bench_small", options.small());
        ServiceProcess serviceOnLarge = start(cluster, "bench_large", options.large())) {
      Wrk small = new Wrk(serviceOnSmall, options.small(), options.connections());
      Wrk large = new Wrk(serviceOnLarge, options.large(), options.connections());
      List<List<Subject>> groups = new ArrayList<>();
      for (Workload workload : Workload.ALL) {
        if (!List.of("list", "detail", "append").contains(workload.name())) {
          continue;
        }
        Request request = workload.requests().getFirst();
        List<Subject> group = new ArrayList<>();
        for (Wrk wrk : List.of(small, large)) {
          String on = "%,d incidents".formatted(wrk.size().incidents());
          group.add(Subject.of(workload, request, on, wrk));
        }
        if (!workload.name().equals("list")) {
          // Appends to one incident wait for each other; so both subjects have only one.
          group.add(onOne(workload, "few", small, 2));
          group.add(onOne(workload, "%,d".formatted(options.small().longTimeline()), small, 1));
        }
        groups.add(group);
      }
      if (!options.smoke()) {
        // A JVM that still compiles looks like growth.
        groups.forEach(
            group -> group.forEach(subject -> subject.load().apply(options.seconds() * WARM_UP)));
      }
      return Rounds.byTurns(cluster, groups, options);
    } finally {
      cluster.drop("bench_small");
      cluster.drop("bench_large");
    }
  }

  private static Subject onOne(Workload workload, String events, Wrk wrk, int number) {
    IncidentTarget target = new IncidentTarget(Dataset.FIRST_ACCOUNT, number);
    Request request = workload.requests().getFirst();
    return new Subject(
        workload,
        request,
        "one incident of " + events + " events",
        seconds -> wrk.measure(request, target, seconds));
  }

  private static ServiceProcess start(Cluster cluster, String database, Dataset.Size size)
      throws SQLException {
    cluster.create(database, "template1");
    ServiceProcess service = ServiceUnderTest.start(cluster.url(database), Map.of());
    Dataset.write(cluster, database, size);
    return service;
  }
}
