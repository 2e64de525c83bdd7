package org.nself.incidents.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nself.incidents.bench.Workload.Request;
import org.nself.incidents.testing.Eventually;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Measures the list beside servers from npm that a user might put in front of the same table
 * instead. They connect as superuser, so they isolate no account, and authenticate nobody.
 */
final class Peers {

  /** The workload that all of them can do. */
  static final String WORKLOAD = "list";

  private static final Path DIRECTORY = Path.of("bench", "peers").toAbsolutePath();
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String MERCURIUS =
      "query Newest($account: String!) { incidents(account: $account, first: 20) { id number title"
          + " severity status owner openedAt updatedAt } }";

  private static final String POSTGRAPHILE =
      "query Newest($account: String!) { allNpIncidents(first: 20, orderBy: [OPENED_AT_DESC],"
          + " condition: {sourceAccountId: $account}) { nodes { rowId number title severity status"
          + " owner openedAt updatedAt } } }";

  private Peers() {}

  /**
   * @param arguments of Node.js
   * @param result JSON pointer to the incidents
   */
  private record Peer(String name, List<String> arguments, String query, String result) {

    Request request() {
      ObjectNode body = JSON.createObjectNode().put("query", query);
      body.putObject("variables").put("account", "{account}");
      return new Request("GraphQL", "POST", "/graphql", body.toString(), result, 0);
    }
  }

  private static final List<Peer> ALL =
      List.of(
          new Peer("Mercurius with JIT", List.of("mercurius.mjs"), MERCURIUS, "/data/incidents"),
          new Peer(
              "PostGraphile",
              List.of("node_modules/postgraphile/dist/cli-run.js", "-C", "postgraphile.mjs"),
              POSTGRAPHILE,
              "/data/allNpIncidents/nodes"));

  private record Started(Peer peer, Process process, int port) {}

  /** By name: the service by GraphQL, by REST, and its peers; by turns. */
  static Map<String, Wrk.Figures> measure(
      Cluster cluster, String database, Wrk service, Options options)
      throws IOException, SQLException {
    Workload list =
        Workload.ALL.stream()
            .filter(workload -> workload.name().equals(WORKLOAD))
            .findFirst()
            .orElseThrow();
    List<Started> peers = new ArrayList<>();
    try {
      for (Peer peer : ALL) {
        peers.add(start(peer, cluster, database));
      }
      for (Started peer : peers) {
        awaitList(peer);
        Wrk.Load _ = load(peer, service, options.seconds(), true);
        Wrk.Load _ = load(peer, service, 2 * options.seconds(), false);
      }
      Map<String, Wrk.Figures> figures = new LinkedHashMap<>();
      for (int round = 1; round <= options.rounds(); round++) {
        cluster.execute("checkpoint");
        for (Request request : list.requests()) {
          add(
              figures,
              round,
              "this service, " + request.protocol(),
              service.measure(request, options.seconds()));
        }
        for (Started peer : peers) {
          add(figures, round, peer.peer().name(), load(peer, service, options.seconds(), false));
        }
      }
      return figures;
    } finally {
      peers.forEach(peer -> peer.process().destroy());
    }
  }

  private static void add(Map<String, Wrk.Figures> figures, int round, String name, Wrk.Load load) {
    figures.computeIfAbsent(name, _ -> new Wrk.Figures()).add(load);
    Report.progress(
        "  %d: %-8s %-40s %,9.0f/s  p99 %6.1f ms", round, WORKLOAD, name, load.rate(), load.p99());
  }

  private static Wrk.Load load(Started peer, Wrk service, int seconds, boolean check) {
    return Wrk.measure(
        peer.port(), peer.peer().request(), service.size(), service.connections(), seconds, check);
  }

  private static Started start(Peer peer, Cluster cluster, String database) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    List<String> command = new ArrayList<>(List.of("node_modules/.bin/node"));
    command.addAll(peer.arguments());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(DIRECTORY.toFile())
            .redirectErrorStream(true)
            .redirectOutput(
                Path.of("target", "bench", peer.name().replace(' ', '-') + ".log").toFile());
    builder.environment().put("NODE_ENV", "production");
    builder.environment().put("PEER_PORT", String.valueOf(port));
    builder
        .environment()
        .put(
            "PEER_DATABASE_URL",
            "postgres://postgres:postgres@127.0.0.1:%d/%s".formatted(cluster.port(), database));
    return new Started(peer, builder.start(), port);
  }

  /** Waits until it answers with 20 incidents. */
  private static void awaitList(Started peer) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/graphql".formatted(peer.port())))
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString(
                    peer.peer()
                        .request()
                        .body()
                        .replace("{account}", String.valueOf(Dataset.FIRST_ACCOUNT))))
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      Eventually.until(
          Duration.ofMinutes(1),
          peer.peer().name() + " to answer with 20 incidents; see its log in target/bench",
          () -> {
            if (!peer.process().isAlive()) {
              throw new IllegalStateException(peer.peer().name() + " has ended");
            }
            return incidents(client, request, peer.peer().result()) == 20;
          });
    }
  }

  private static int incidents(HttpClient client, HttpRequest request, String result) {
    try {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      JsonNode found = JSON.readTree(response.body()).at(result);
      return found.isArray() ? found.size() : 0;
    } catch (IOException e) {
      // It does not listen yet.
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
