package org.nself.incidents.bench;

import java.sql.SQLException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.StatementCounter;

/**
 * The scripts for pgbench of every work, recorded from a service.
 *
 * @param settings of the service's sessions
 */
record Statements(Map<Work, Map<Protocol, PgbenchScript>> scripts, Map<String, String> settings) {

  /** After as many the driver has prepared its statements on the server. */
  private static final int TIMES = 8;

  PgbenchScript script(Work work, Protocol protocol) {
    return Objects.requireNonNull(Objects.requireNonNull(scripts.get(work)).get(protocol));
  }

  /** How many trips to the database a request makes. */
  int roundTrips(Work work, Protocol protocol) {
    return script(work, protocol).text().split("startpipeline", -1).length - 1;
  }

  /** What fills a database that was just migrated. */
  @FunctionalInterface
  interface Filling {
    void run() throws SQLException;
  }

  /** Starts a service that talks through a tap, has its database filled, and uses it. */
  static Statements record(
      Cluster cluster, String database, DatasetSize size, List<Work> works, Filling filling)
      throws SQLException {
    WireRecorder tap = new WireRecorder();
    Map<Integer, String> types = new HashMap<>();
    Map<Work, Map<Protocol, PgbenchScript>> scripts = new HashMap<>();
    try (StatementCounter counter = StatementCounter.before(cluster.url(database), tap);
        BenchedService service =
            BenchedService.start(
                counter.databaseUrl(),
                Map.of("DATABASE_POOL_SIZE", "1", "LISTEN_DATABASE_URL", "off"))) {
      filling.run();
      for (Work work : works) {
        Map<Protocol, PgbenchScript> both = new EnumMap<>(Protocol.class);
        for (Protocol protocol : Protocol.values()) {
          Target target = Target.random(size, new Random(11));
          List<List<WireRecorder.Statement>> trips = List.of();
          for (int i = 0; i < TIMES; i++) {
            trips = tap.during(() -> send(service, work.request(protocol, target)));
          }
          for (List<WireRecorder.Statement> trip : trips) {
            for (WireRecorder.Statement statement : trip) {
              for (WireRecorder.Parameter parameter : statement.parameters()) {
                if (!types.containsKey(parameter.type())) {
                  types.put(
                      parameter.type(),
                      cluster.text(
                          database, "select format_type(%d, null)".formatted(parameter.type())));
                }
              }
            }
          }
          both.put(
              protocol,
              PgbenchScript.of(
                  trips, target, size, type -> Objects.requireNonNull(types.get(type))));
        }
        scripts.put(work, both);
      }
    }
    return new Statements(scripts, tap.settings());
  }

  private static void send(BenchedService service, Request request) {
    Api api = service.as(request.account());
    Api.Response response =
        request.method().equals("GET")
            ? api.get(request.path())
            : api.post(request.path(), request.body());
    if (response.status() / 100 != 2 || response.body().has("errors")) {
      throw new BrokenPath(
          "%s %s: %d %s"
              .formatted(request.method(), request.path(), response.status(), response.text()));
    }
  }
}
