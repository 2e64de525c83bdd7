package org.nself.incidents.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Loads the service over HTTP by wrk, and takes only answers that are right for figures. */
final class Wrk {

  /** Clients that ask again as soon as they are answered, if not said otherwise. */
  static final int CONNECTIONS = 32;

  /** Random requests made beforehand; sent in turn. */
  private static final int REQUESTS = 20_000;

  private final BenchedService service;
  private final DatasetSize size;
  private final Path directory;
  private final int connections;

  Wrk(BenchedService service, DatasetSize size, Path directory, int connections) {
    this.service = service;
    this.size = size;
    this.directory = directory;
    this.connections = connections;
  }

  int connections() {
    return connections;
  }

  /**
   * What came of a run.
   *
   * @param p50 milliseconds, as {@code p99}
   */
  record Load(double rate, double p50, double p99) {}

  /** Requests by name, all on the same incident where one is given. */
  record Requests(String name, Function<Target, Request> request, String result) {

    static Requests of(Work work, Protocol protocol) {
      return new Requests(
          work.name() + "-" + protocol.title().toLowerCase(java.util.Locale.ROOT),
          target -> work.request(protocol, target),
          work.result(protocol));
    }

    static Requests onOne(Work work, Protocol protocol, Target one) {
      Requests all = of(work, protocol);
      return new Requests(all.name + "-one", target -> all.request.apply(one), all.result);
    }

    static Requests empty() {
      return new Requests(
          "empty",
          target -> new Request("GET", EmptyHandler.PATH, target.accountName(), ""),
          "/empty");
    }
  }

  /** Sends one request and looks at the answer, then many, whose status codes are counted. */
  Load measure(Requests requests, int seconds) throws IOException {
    verify(requests);
    return run(requests, seconds, false);
  }

  /** As {@link #measure}, and looks at every body; the figures are not worth as much. */
  Load check(Requests requests, int seconds) throws IOException {
    verify(requests);
    return run(requests, seconds, true);
  }

  private void verify(Requests requests) {
    Request request = requests.request().apply(Target.random(size, new Random(1)));
    Api api = service.as(request.account());
    Api.Response response =
        request.method().equals("GET")
            ? api.get(request.path())
            : api.post(request.path(), request.body());
    JsonNode result = response.body().at(requests.result());
    boolean something = result.isArray() ? !result.isEmpty() : result.isValueNode();
    if (response.status() / 100 != 2 || response.body().has("errors") || !something) {
      throw new BrokenPath(
          "%s: nothing at %s in the answer: %d %s"
              .formatted(requests.name(), requests.result(), response.status(), response.text()));
    }
  }

  private Load run(Requests requests, int seconds, boolean check) throws IOException {
    String output =
        Program.run(
            Stream.concat(
                    Stream.of(
                        "wrk",
                        "-t1",
                        "-c" + connections,
                        "-d" + seconds + "s",
                        "--timeout",
                        "10s",
                        "--latency",
                        "-s",
                        "bench/requests.lua",
                        service.url(),
                        "--",
                        file(requests).toString(),
                        Service.TOKEN),
                    check ? Stream.of("check") : Stream.empty())
                .toList(),
            Map.of(),
            seconds + 60);
    Map<String, String> results = new HashMap<>();
    output
        .lines()
        .filter(line -> line.startsWith("result "))
        .map(line -> line.split(" ", 3))
        .forEach(words -> results.put(words[1], words[2]));
    if (!results.containsKey("p99")) {
      throw new BrokenPath(requests.name() + ": wrk gave no figures: " + output);
    }
    long wrong = number(results, "statuses") + number(results, "bodies");
    long broken = number(results, "sockets");
    if (wrong + broken > 0 || number(results, "requests") == 0) {
      if (!check) {
        // Again, to see what is wrong.
        run(requests, seconds, true);
      }
      throw new BrokenPath(
          "%s: %d wrong answers of %s, %d broken connections; the first: %s"
              .formatted(
                  requests.name(),
                  wrong,
                  results.get("requests"),
                  broken,
                  results.getOrDefault("bad_body", "not seen")));
    }
    return new Load(
        number(results, "requests") / (number(results, "micros") / 1e6),
        number(results, "p50") / 1e3,
        number(results, "p99") / 1e3);
  }

  private static long number(Map<String, String> results, String name) {
    return (long) Double.parseDouble(results.getOrDefault(name, "0"));
  }

  private Path file(Requests requests) throws IOException {
    Path file = directory.resolve(requests.name() + "-" + size.incidents() + ".requests");
    if (!Files.exists(file)) {
      Random random = new Random(7);
      Files.createDirectories(directory);
      Files.write(
          file,
          Stream.generate(() -> requests.request().apply(Target.random(size, random)).line())
              .limit(REQUESTS)
              .toList());
    }
    return file;
  }
}
