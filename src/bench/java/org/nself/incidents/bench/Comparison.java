package org.nself.incidents.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nself.incidents.bench.Rounds.Subject;
import org.nself.incidents.bench.Workload.Request;
import org.nself.incidents.testing.ServiceProcess;

/**
 * Compares two jars, or one jar with two sets of JVM options, by turns on equal data: each has a
 * copy of the same database, because their migrations may differ.
 */
final class Comparison {

  private static final String BEFORE = "before";
  private static final String AFTER = "after";

  private Comparison() {}

  /** The subjects in pairs: before and after. */
  static Map<Subject, Wrk.Figures> measure(Cluster cluster, Options options) throws SQLException {
    try {
      cluster.create("bench_before", "template1");
      // Runs the migrations; without connections the database can be copied.
      start(cluster, options, BEFORE).close();
      Dataset.write(cluster, "bench_before", options.dataset());
      prepare(cluster, options);
      cluster.create("bench_after", "bench_before");
      try (ServiceProcess before = start(cluster, options, BEFORE);
          ServiceProcess after = start(cluster, options, AFTER)) {
        Wrk onBefore = new Wrk(before, options.dataset(), options.connections());
        Wrk onAfter = new Wrk(after, options.dataset(), options.connections());
        Rounds.warmUp(onBefore, options.workloads(), options);
        Rounds.warmUp(onAfter, options.workloads(), options);
        List<List<Subject>> groups = new ArrayList<>();
        for (Workload workload : options.workloads()) {
          for (Request request : workload.requests()) {
            groups.add(
                List.of(
                    Subject.of(workload, request, BEFORE, onBefore),
                    Subject.of(workload, request, AFTER, onAfter)));
          }
        }
        return Rounds.byTurns(cluster, groups, options);
      }
    } finally {
      cluster.drop("bench_before");
      cluster.drop("bench_after");
    }
  }

  private static void prepare(Cluster cluster, Options options) throws SQLException {
    try (Connection connection = cluster.connect("bench_before");
        Statement statement = connection.createStatement()) {
      for (Workload workload : options.workloads()) {
        if (workload.prepare() != null) {
          statement.execute(workload.prepare());
        }
      }
    }
  }

  private static ServiceProcess start(Cluster cluster, Options options, String side) {
    List<String> program = new ArrayList<>(options.jvmOptions(side));
    program.addAll(List.of("-jar", options.jar(side)));
    return ServiceUnderTest.start(program, cluster.url("bench_" + side), Map.of());
  }
}
