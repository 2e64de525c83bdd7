package org.nself.incidents.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;

/** The incidents and timelines in the database; {@code bench/dataset.sql} writes them. */
final class Dataset {

  static final int FIRST_ACCOUNT = 100;

  /**
   * An id is this and twelve digits, three of the account and nine of the incident's number, so
   * that pgbench and wrk can compute it.
   */
  static final String ID_PREFIX = "00000000-0000-7000-8000-";

  static final long STRIDE = 1_000_000_000L;

  private Dataset() {}

  /**
   * @param incidents in all accounts together, the same number in each
   * @param events of an incident, on average
   * @param longTimeline how many more the first incident of the first account has
   */
  record Size(int accounts, int incidents, int events, int longTimeline) {

    int incidentsPerAccount() {
      return incidents / accounts;
    }

    IncidentTarget random(Random random) {
      return new IncidentTarget(
          FIRST_ACCOUNT + random.nextInt(accounts), 1 + random.nextInt(incidentsPerAccount()));
    }
  }

  /**
   * An incident.
   *
   * @param number in the account, from 1
   */
  record IncidentTarget(int account, int number) {

    String id() {
      return ID_PREFIX + (account * STRIDE + number);
    }
  }

  /** Fills an empty database whose migrations have run. */
  static void write(Cluster cluster, String database, Size size) throws SQLException {
    long start = System.nanoTime();
    String sql =
        Commands.read(Path.of("bench", "dataset.sql"))
            .replace("{prefix}", ID_PREFIX)
            .replace("{stride}", STRIDE + "::bigint")
            .replace("{incidents}", String.valueOf(size.incidentsPerAccount()))
            .replace("{first}", String.valueOf(FIRST_ACCOUNT))
            .replace("{last}", String.valueOf(FIRST_ACCOUNT + size.accounts() - 1))
            .replace("{events}", String.valueOf(size.events()))
            .replace("{spread}", String.valueOf(Math.min(size.events() - 1, 15)))
            .replace("{long}", String.valueOf(size.longTimeline()));
    try (Connection connection = cluster.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
      statement.execute("vacuum (analyze)");
      statement.execute("checkpoint");
    }
    Report.progress(
        "%s: %,d incidents, %s, written in %.0f s",
        database,
        size.incidents(),
        cluster.text("postgres", "select pg_size_pretty(pg_database_size('%s'))", database),
        (System.nanoTime() - start) / 1e9);
  }
}
