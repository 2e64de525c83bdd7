package org.nself.incidents.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.nself.incidents.bench.Dataset.IncidentTarget;
import org.nself.incidents.bench.Workload.Request;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import tools.jackson.databind.JsonNode;

/**
 * Loads one service over HTTP by wrk. A wrong response ends the benchmark.
 *
 * @param connections each sends the next request when it has the response
 */
record Wrk(ServiceProcess service, Dataset.Size size, int connections) {

  /**
   * The figures of a run.
   *
   * @param p50 milliseconds, as {@code p99}
   */
  record Load(double rate, double p50, double p99) {}

  /** The figures of all rounds. */
  record Figures(Samples rate, Samples p50, Samples p99) {

    Figures() {
      this(new Samples(), new Samples(), new Samples());
    }

    void add(Load load) {
      rate.add(load.rate());
      p50.add(load.p50());
      p99.add(load.p99());
    }
  }

  /** Sends random requests for so long. */
  Load measure(Request request, int seconds) {
    return run(request, FIRST, size.accounts(), size.incidentsPerAccount(), seconds, false);
  }

  /** Sends requests for one incident only. */
  Load measure(Request request, IncidentTarget target, int seconds) {
    return run(request, target, 1, 1, seconds, false);
  }

  /** Checks every body; so the figures mean less. */
  Load check(Request request, int seconds) {
    return run(request, FIRST, size.accounts(), size.incidentsPerAccount(), seconds, true);
  }

  private static final IncidentTarget FIRST = new IncidentTarget(Dataset.FIRST_ACCOUNT, 1);

  private Load run(
      Request request,
      IncidentTarget first,
      int accounts,
      int incidents,
      int seconds,
      boolean check) {
    send(service, request, size.random(new Random(1)));
    return run(service.port(), connections, request, first, accounts, incidents, seconds, check);
  }

  /** Loads another server in front of the same data, as {@link #measure}. */
  static Load measure(
      int port, Request request, Dataset.Size size, int connections, int seconds, boolean check) {
    return run(
        port,
        connections,
        request,
        FIRST,
        size.accounts(),
        size.incidentsPerAccount(),
        seconds,
        check);
  }

  private static Load run(
      int port,
      int connections,
      Request request,
      IncidentTarget first,
      int accounts,
      int incidents,
      int seconds,
      boolean check) {
    List<String> command =
        new ArrayList<>(
            List.of("wrk", "-t1", "-c" + connections, "-d" + seconds + "s", "--timeout", "10s"));
    command.addAll(List.of("--latency", "-s", "bench/requests.lua"));
    command.addAll(List.of("http://127.0.0.1:" + port, "--", Service.TOKEN));
    command.addAll(List.of(request.method(), request.path(), request.body(), Dataset.ID_PREFIX));
    for (int number : new int[] {first.account(), accounts, first.number(), incidents}) {
      command.add(String.valueOf(number));
    }
    if (check) {
      command.add("check");
    }
    String output = Commands.run(command, Map.of());
    Map<String, String> results = new HashMap<>();
    output
        .lines()
        .filter(line -> line.startsWith("result "))
        .map(line -> line.split(" ", 3))
        .forEach(words -> results.put(words[1], words[2]));
    if (!results.containsKey("p99")) {
      throw new IllegalStateException(request + ": wrk printed no figures: " + output);
    }
    if (number(results, "wrong") > 0 || number(results, "requests") == 0) {
      if (!check) {
        // Once more, to see a wrong body.
        run(port, connections, request, first, accounts, incidents, seconds, true);
      }
      throw new IllegalStateException(request + ": wrong responses: " + results);
    }
    return new Load(
        number(results, "requests") / (number(results, "micros") / 1e6),
        number(results, "p50") / 1e3,
        number(results, "p99") / 1e3);
  }

  private static double number(Map<String, String> results, String name) {
    return Double.parseDouble(results.getOrDefault(name, "0"));
  }

  /** Sends one request and checks the response. */
  static void send(ServiceProcess service, Request template, IncidentTarget target) {
    Request request = template.at(target);
    Api api = service.as(String.valueOf(target.account()));
    Api.Response response =
        request.body().isEmpty()
            ? api.sendUnchecked(request.method(), request.path(), null, null)
            : api.sendUnchecked(
                request.method(),
                request.path(),
                request.body().getBytes(StandardCharsets.UTF_8),
                "application/json");
    JsonNode result = response.body().at(request.result());
    boolean found = result.isArray() ? !result.isEmpty() : result.isValueNode();
    if (response.status() / 100 != 2 || response.body().has("errors") || !found) {
      throw new IllegalStateException(
          "%s %s: response %d without %s: %s"
              .formatted(
                  request.method(),
                  request.path(),
                  response.status(),
                  request.result(),
                  response.text()));
    }
  }
}
