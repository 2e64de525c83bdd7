package org.nself.incidents.bench.abuse;

import static org.nself.incidents.bench.abuse.Attacker.ADMIN;
import static org.nself.incidents.bench.abuse.Attacker.NOBODY;
import static org.nself.incidents.bench.abuse.Attacker.USER;
import static org.nself.incidents.bench.abuse.Attacker.VIEWER;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The attacks, by name. All load is bounded in connections, threads and time. */
final class Attacks {

  static final String SECRETS = "secret-echoes";

  /** The neighbour alone: what the machine gives. */
  static final Attack NONE = new Attack("none", "", 0, attacker -> () -> {});

  static final List<Attack> ALL = all();

  /** The short form's: those that the service survives. An attack that is repaired is added. */
  static final List<String> SMOKE =
      List.of(
          "websocket-unfinished",
          "websocket-fragments",
          "half-requests",
          "slow-bodies",
          "slow-bodies-nobody",
          "wrong-enum-values",
          "wrong-tokens",
          "yaml-digits",
          "yaml-comments",
          "json-digits",
          "unknown-members",
          "pipelined",
          "list-flood",
          "list-flood-same-account");

  private static final String INCIDENTS = "/api/v1/incidents";
  private static final String RUNBOOKS = "/api/v1/runbooks";
  private static final String YEAR_BY_DAY = yearByDay();
  private static final String DIGITS = "[0,1,2,3,4,5,6,7,8,9]";

  private Attacks() {}

  private static String yearByDay() {
    Instant to = Instant.now().truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
    return "/api/v1/metrics/incidents?bucket=day&from=%s&to=%s"
        .formatted(to.minus(365, ChronoUnit.DAYS), to);
  }

  private static List<Attack> all() {
    List<Attack> attacks = new ArrayList<>();
    // Connections without a caller, or whose requests do not end.
    attacks.add(
        new Attack("websocket-unfinished", "nobody", 4, attacker -> () -> unfinished(attacker)));
    attacks.add(
        new Attack("websocket-fragments", "nobody", 4, attacker -> () -> fragments(attacker)));
    attacks.add(
        new Attack(
            "websocket-idle", "nobody", 8, attacker -> () -> attacker.webSocket(3_000, NOBODY)));
    attacks.add(
        new Attack(
            "half-requests",
            "nobody",
            8,
            attacker ->
                () ->
                    attacker.open(
                        8_000, 0, "GET /api/v1/incidents HTTP/1.1\r\nHost: localhost\r\n")));
    attacks.add(
        new Attack("slow-bodies", "viewer", 4, attacker -> () -> slowBody(attacker, VIEWER)));
    attacks.add(
        new Attack(
            "slow-bodies-nobody", "nobody", 4, attacker -> () -> slowBody(attacker, NOBODY)));
    attacks.add(
        new Attack("websocket-pings", "nobody", 4, attacker -> () -> pings(attacker, NOBODY)));
    attacks.add(
        new Attack(
            "websocket-pings-viewer", "viewer", 4, attacker -> () -> pings(attacker, VIEWER)));
    attacks.add(
        new Attack(
            "silent-connections", "nobody", 8, attacker -> () -> attacker.open(8_000, 0, "")));
    attacks.add(new Attack("wrong-tokens", "nobody", 8, attacker -> () -> wrongToken(attacker)));
    // Many cheap requests and messages.
    attacks.add(
        new Attack("pipelined", "viewer", 4, attacker -> () -> pipelined(attacker, VIEWER)));
    attacks.add(
        new Attack("pipelined-nobody", "nobody", 4, attacker -> () -> pipelined(attacker, NOBODY)));
    attacks.add(new Attack("websocket-messages", "viewer", 4, Attacks::messages));
    attacks.add(new Attack("subscribe-and-complete", "viewer", 4, Attacks::subscribeAndComplete));
    attacks.add(new Attack("stream-connects", "viewer", 16, Attacks::streamConnects));
    attacks.add(new Attack("many-streams", "viewer, user", 4, Attacks::manyStreams));
    attacks.add(
        new Attack(
            "many-accounts",
            "viewers of others",
            32,
            attacker ->
                () ->
                    attacker.request(
                        "GET",
                        INCIDENTS,
                        null,
                        "",
                        Attacker.authorizationOf(UUID.randomUUID().toString()))));
    attacks.add(new Attack("new-documents", "viewer", 8, attacker -> () -> newDocument(attacker)));
    attacks.add(new Attack("metrics", "viewer", 8, Attacks::metrics));
    attacks.add(new Attack("metrics-slow-readers", "viewer", 2, Attacks::slowMetrics));
    attacks.add(
        new Attack(
            "deep-json",
            "user",
            4,
            attacker ->
                () -> attacker.post(USER, INCIDENTS, "{\"title\":" + "[".repeat(1_000_000))));
    // Large answers.
    attacks.add(new Attack("field-aliases", "viewer", 2, Attacks::fieldAliases));
    attacks.add(new Attack("field-aliases-socket", "viewer", 2, Attacks::fieldAliasesBySocket));
    attacks.add(new Attack("list-aliases", "viewer", 2, Attacks::listAliases));
    attacks.add(new Attack("slow-readers", "viewer", 2, Attacks::slowReaders));
    Attack flood = new Attack("list-flood", "viewer", 32, Attacks::listFlood);
    attacks.add(flood);
    attacks.add(flood.fromSameAccount());
    attacks.add(new Attack("sse-large-events", "viewer", 1, Attacks::largeEvents));
    attacks.add(
        new Attack("nested-subscriptions", "viewer, user", 1, Attacks::nestedSubscriptions));
    Attack verification = new Attack("verification", "viewer", 8, Attacks::verification);
    attacks.add(verification);
    attacks.add(verification.fromSameAccount());
    // Small requests that cost much.
    String members =
        IntStream.range(0, 100_000)
            .mapToObj(i -> "\"%x\":0".formatted(i))
            .collect(Collectors.joining(",", "{", "}"));
    attacks.add(
        new Attack(
            "unknown-members",
            "viewer",
            4,
            attacker -> () -> attacker.post(VIEWER, INCIDENTS, members)));
    attacks.add(
        new Attack(
            "unknown-members-runbook",
            "viewer",
            4,
            attacker -> () -> attacker.post(VIEWER, RUNBOOKS, members)));
    String wrongValues =
        "{\"query\":\"query($s:[IncidentStatus!]){incidents(filter:{status:$s}){nodes{id}}}\","
            + "\"variables\":{\"s\":[1"
            + ",1".repeat(499_999)
            + "]}}";
    attacks.add(
        new Attack(
            "wrong-enum-values",
            "viewer",
            4,
            attacker -> () -> attacker.post(VIEWER, "/graphql", wrongValues)));
    String number = "9".repeat(1_040_000);
    attacks.add(
        new Attack(
            "yaml-digits",
            "viewer",
            2,
            attacker ->
                () -> attacker.send(VIEWER, "POST", RUNBOOKS, "application/yaml", "a: " + number)));
    String comment = "#".repeat(1_000_000);
    attacks.add(
        new Attack(
            "yaml-comments",
            "admin",
            4,
            attacker -> () -> attacker.send(ADMIN, "POST", RUNBOOKS, "application/yaml", comment)));
    attacks.add(
        new Attack(
            "json-digits",
            "user",
            2,
            attacker -> () -> attacker.post(USER, INCIDENTS, "{\"title\":" + number + "}")));
    Attack plans = new Attack("expensive-plans", "viewer", 2, Attacks::expensivePlans);
    attacks.add(plans);
    attacks.add(plans.fromSameAccount());
    // Runbooks.
    attacks.add(new Attack("hanging-steps", "admin", 2, attacker -> httpSteps(attacker, "hang")));
    attacks.add(
        new Attack("endless-answers", "admin", 2, attacker -> httpSteps(attacker, "endless")));
    attacks.add(new Attack("mutual-recursion", "admin", 1, Attacks::mutualRecursion));
    attacks.add(new Attack("attached-runbooks", "admin, user", 1, Attacks::attachedRunbooks));
    attacks.add(new Attack("many-executions", "admin", 8, Attacks::manyExecutions));
    attacks.add(new Attack(SECRETS, "admin of primary", 4, Attacks::secretEchoes));
    return List.copyOf(attacks);
  }

  /** A message of 1 MiB in parts, without its last one. */
  private static void unfinished(Attacker attacker) throws Exception {
    Socket socket = attacker.webSocket(400, NOBODY);
    if (socket != null) {
      String part = "a".repeat(60_000);
      for (int i = 0; i < 17; i++) {
        Attacker.frame(socket, i == 0, false, i == 0 ? "{\"type\":\"" + part : part);
      }
    }
  }

  /** A message in endlessly many parts of one byte. */
  private static void fragments(Attacker attacker) throws Exception {
    Socket socket = attacker.webSocket(100, NOBODY);
    if (socket != null) {
      for (int i = 0; i < 1_000_000 && !socket.isClosed(); i++) {
        Attacker.frame(socket, i == 0, false, "a");
      }
    }
  }

  /** Control frames, which Tomcat answers by itself. */
  private static void pings(Attacker attacker, String role) throws Exception {
    Socket socket = attacker.webSocket(400, role);
    if (socket != null) {
      Attacker.flood(socket, Attacker.frame(0x89, ""));
    }
  }

  /** Requests that do not wait for the response to the one before. */
  private static void pipelined(Attacker attacker, String role) throws Exception {
    Socket socket = attacker.open(2_000, 0, "");
    if (socket != null) {
      Attacker.flood(
          socket,
          ("GET /api/v1/incidents/1 HTTP/1.1\r\nHost: localhost\r\n"
                  + attacker.credentials(role)
                  + "\r\n")
              .getBytes(StandardCharsets.US_ASCII));
    }
  }

  private static Attack.Load messages(Attacker attacker) {
    return () -> {
      Socket socket = subscribe(attacker, 400, List.of());
      if (socket != null) {
        Attacker.flood(socket, Attacker.frame(0x81, "{\"type\":\"ping\"}"));
      }
    };
  }

  private static Attack.Load subscribeAndComplete(Attacker attacker) {
    byte[] both =
        (new String(
                    Attacker.frame(
                        0x81,
                        "{\"id\":\"1\",\"type\":\"subscribe\",\"payload\":{\"query\":\"subscription{incidentChanges{cursor}}\"}}"),
                    StandardCharsets.ISO_8859_1)
                + new String(
                    Attacker.frame(0x81, "{\"id\":\"1\",\"type\":\"complete\"}"),
                    StandardCharsets.ISO_8859_1))
            .getBytes(StandardCharsets.ISO_8859_1);
    return () -> {
      Socket socket = subscribe(attacker, 400, List.of());
      if (socket != null) {
        Attacker.flood(socket, both);
      }
    };
  }

  private static String stream(Attacker attacker, String timeline) {
    return "GET %s HTTP/1.1\r\nHost: localhost\r\n%sAccept: text/event-stream\r\n\r\n"
        .formatted(timeline, attacker.credentials(VIEWER));
  }

  private static Attack.Load streamConnects(Attacker attacker) throws Exception {
    String timeline =
        INCIDENTS + "/" + attacker.create(INCIDENTS, "{\"title\":\"Followed\"}") + "/timeline";
    return () -> {
      Socket socket = attacker.open(1_000_000, 0, stream(attacker, timeline));
      if (socket != null) {
        socket.getInputStream().read();
        socket.close();
      }
    };
  }

  /** 1,900 streams of one timeline, to which is appended without a pause. */
  private static Attack.Load manyStreams(Attacker attacker) throws Exception {
    String timeline =
        INCIDENTS + "/" + attacker.create(INCIDENTS, "{\"title\":\"Followed\"}") + "/timeline";
    for (int i = 0; i < 1_900; i++) {
      Socket socket = attacker.open(1_900, 0, stream(attacker, timeline));
      if (socket != null) {
        Attacker.drain(socket);
      }
    }
    return () -> attacker.post(USER, timeline, "{\"message\":\"next\"}");
  }

  /** A document that is in no cache, of the longest that are not parsed in the pool. */
  private static void newDocument(Attacker attacker) throws Exception {
    String unique = UUID.randomUUID().toString().replace("-", "");
    attacker.graphql(
        VIEWER,
        IntStream.range(0, 90)
            .mapToObj(i -> "a%d_%s:__typename".formatted(i, unique.substring(0, 16)))
            .collect(Collectors.joining(" ", "{", "}")));
  }

  /** Slow readers of as many numbers as a response may have. */
  private static Attack.Load slowMetrics(Attacker attacker) throws Exception {
    String incident =
        attacker.create(
            INCIDENTS,
            IntStream.range(0, 12)
                .mapToObj(i -> "\"s" + i + "\"")
                .collect(Collectors.joining(",", "{\"title\":\"Counted\",\"services\":[", "]}")));
    attacker.send(
        ADMIN,
        "PATCH",
        INCIDENTS + "/" + incident,
        "application/json",
        "{\"status\":\"resolved\"}");
    return () ->
        attacker.open(
            200,
            4_096,
            "GET "
                + YEAR_BY_DAY
                + "&group_by=service HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n"
                + attacker.credentials(VIEWER)
                + "\r\n");
  }

  private static Attack.Load metrics(Attacker attacker) throws Exception {
    for (int i = 0; i < 1_000; i++) {
      attacker.create(INCIDENTS, "{\"title\":\"Counted\",\"labels\":{\"n\":\"%d\"}}".formatted(i));
    }
    return () -> attacker.get(VIEWER, YEAR_BY_DAY + "&group_by=severity");
  }

  /** Half of a body, and then a byte now and then. */
  private static void slowBody(Attacker attacker, String role) throws Exception {
    Socket socket =
        attacker.open(
            500,
            0,
            "POST /api/v1/incidents HTTP/1.1\r\n"
                + "Host: localhost\r\n"
                + "Content-Type: application/json\r\n"
                + "Content-Length: 1000000\r\n"
                + attacker.credentials(role)
                + "\r\n{\"title\":\""
                + "a".repeat(500_000));
    if (socket != null) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  while (true) {
                    socket.getOutputStream().write('a');
                    TimeUnit.SECONDS.sleep(1);
                  }
                } catch (Exception e) {
                  // The connection has been closed by the service or at the end.
                }
              });
    }
  }

  private static void wrongToken(Attacker attacker) throws Exception {
    String token = attacker.token(ADMIN);
    attacker.request(
        "GET",
        INCIDENTS,
        null,
        "",
        "Bearer " + token.substring(0, token.length() - 12) + "AAAAAAAAAAAA");
    attacker.request("GET", INCIDENTS, null, "", "Bearer " + UUID.randomUUID());
  }

  /** The query of an incident with 2 MiB of data, 150 times. */
  private static String aliasesOfData(Attacker attacker) throws Exception {
    String incident = attacker.create(INCIDENTS, "{\"title\":\"Large\"}");
    for (int i = 0; i < 33; i++) {
      attacker.create(
          INCIDENTS + "/" + incident + "/timeline",
          "{\"kind\":\"blob\",\"data\":{\"x\":\"" + "y".repeat(64_000) + "\"}}");
    }
    return "{incident(id:\"%s\"){timeline(first:33){nodes{%s}}}}"
        .formatted(
            incident,
            IntStream.range(0, 150)
                .mapToObj(i -> "a" + i + ":data")
                .collect(Collectors.joining(" ")));
  }

  private static Attack.Load fieldAliases(Attacker attacker) throws Exception {
    String query = aliasesOfData(attacker);
    return () -> attacker.graphql(VIEWER, query);
  }

  private static Attack.Load fieldAliasesBySocket(Attacker attacker) throws Exception {
    String query = aliasesOfData(attacker).replace("\"", "\\\"");
    return () -> {
      Socket socket = subscribe(attacker, 20, List.of(query));
      if (socket != null) {
        Attacker.drain(socket);
      }
    };
  }

  /** Opens a WebSocket as viewer and sends documents over it. */
  private static @Nullable Socket subscribe(Attacker attacker, int atMost, List<String> documents)
      throws Exception {
    Socket socket = attacker.webSocket(atMost, VIEWER);
    if (socket != null) {
      Attacker.frame(socket, true, true, "{\"type\":\"connection_init\"}");
      for (int i = 0; i < documents.size(); i++) {
        Attacker.frame(
            socket,
            true,
            true,
            "{\"id\":\"%d\",\"type\":\"subscribe\",\"payload\":{\"query\":\"%s\"}}"
                .formatted(i, documents.get(i)));
      }
    }
    return socket;
  }

  private static void openLargeIncidents(Attacker attacker) throws Exception {
    String large =
        "{\"title\":\"%s\",\"summary\":\"%s\",\"labels\":{%s},\"services\":[%s]}"
            .formatted(
                "t".repeat(300),
                "s".repeat(20_000),
                IntStream.range(0, 64)
                    .mapToObj(
                        i -> "\"l%02d%s\":\"%s\"".formatted(i, "x".repeat(59), "v".repeat(255)))
                    .collect(Collectors.joining(",")),
                IntStream.range(0, 50)
                    .mapToObj(i -> "\"s%02d%s\"".formatted(i, "y".repeat(96)))
                    .collect(Collectors.joining(",")));
    for (int i = 0; i < 200; i++) {
      attacker.create(INCIDENTS, large);
    }
  }

  private static Attack.Load listAliases(Attacker attacker) throws Exception {
    openLargeIncidents(attacker);
    String query =
        IntStream.range(0, 60)
            .mapToObj(i -> "a" + i + ":incidents(first:200){nodes{summary labels services}}")
            .collect(Collectors.joining(" ", "{", "}"));
    return () -> attacker.graphql(VIEWER, query);
  }

  private static Attack.Load slowReaders(Attacker attacker) throws Exception {
    openLargeIncidents(attacker);
    return () ->
        attacker.open(
            200,
            4_096,
            "GET /api/v1/incidents?limit=200 HTTP/1.1\r\nHost: localhost\r\n"
                + attacker.credentials(VIEWER)
                + "\r\n");
  }

  private static Attack.Load listFlood(Attacker attacker) throws Exception {
    for (int i = 0; i < 200; i++) {
      attacker.create(INCIDENTS, "{\"title\":\"Ordinary\"}");
    }
    return () -> attacker.get(VIEWER, INCIDENTS + "?limit=200");
  }

  /** Numbers that the database writes with 200 digits each. */
  private static Attack.Load largeEvents(Attacker attacker) throws Exception {
    String incident = attacker.create(INCIDENTS, "{\"title\":\"Large events\"}");
    String timeline = INCIDENTS + "/" + incident + "/timeline";
    String event = "{\"kind\":\"blob\",\"data\":[1e199" + ",1e199".repeat(9_299) + "]}";
    for (int i = 0; i < 110; i++) {
      // May be refused.
      attacker.post(USER, timeline, event);
    }
    return () -> {
      Socket socket =
          attacker.open(
              20,
              0,
              "GET %s HTTP/1.1\r\nHost: localhost\r\n%sAccept: text/event-stream\r\n\r\n"
                  .formatted(timeline, attacker.credentials(VIEWER)));
      if (socket != null) {
        Attacker.drain(socket);
      }
    };
  }

  /** 1,000 subscriptions, each of which reads a timeline at each event. */
  private static Attack.Load nestedSubscriptions(Attacker attacker) throws Exception {
    String incident = attacker.create(INCIDENTS, "{\"title\":\"Followed\"}");
    String timeline = INCIDENTS + "/" + incident + "/timeline";
    for (int i = 0; i < 100; i++) {
      attacker.create(timeline, "{\"message\":\"" + "m".repeat(1_000) + "\"}");
    }
    String subscription =
        "subscription{incidentChanges{cursor incident{id timeline(first:100){nodes{seq"
            + " message}}}}}";
    List<String> hundred = IntStream.range(0, 100).mapToObj(i -> subscription).toList();
    return () -> {
      Socket socket = subscribe(attacker, 10, hundred);
      if (socket != null) {
        Attacker.drain(socket);
      }
      attacker.post(USER, timeline, "{\"message\":\"next\"}");
    };
  }

  private static Attack.Load verification(Attacker attacker) throws Exception {
    String incident = attacker.create(INCIDENTS, "{\"title\":\"Long\"}");
    String timeline = INCIDENTS + "/" + incident + "/timeline";
    String event = "{\"kind\":\"blob\",\"data\":{\"x\":\"" + "y".repeat(16_000) + "\"}}";
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    for (int i = 0; i < 5_000 && System.nanoTime() < end; i++) {
      attacker.create(timeline, event);
    }
    return () -> attacker.get(VIEWER, timeline + "/verification");
  }

  private static String steps(int count, String step) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"key\":\"s" + i + "\",\"title\":\"s\"," + step + "}")
        .collect(Collectors.joining(",", "\"steps\":[", "]"));
  }

  private static Attack.Load expensivePlans(Attacker attacker) throws Exception {
    String condition =
        "%1$s.all(a,%1$s.all(b,!inputs.t.matches('(a|aa|aaa){20}b$')))".formatted(DIGITS);
    String runbook =
        attacker.create(
            RUNBOOKS,
            "{\"name\":\"Expensive\",\"inputs\":[{\"name\":\"t\"}],"
                + steps(
                    20,
                    "\"kind\":\"note\",\"when\":\"" + condition + "\",\"note\":{\"message\":\"x\"}")
                + "}");
    String inputs = "{\"inputs\":{\"t\":\"" + "a".repeat(60_000) + "\"}}";
    return () -> attacker.post(VIEWER, RUNBOOKS + "/" + runbook + "/plan", inputs);
  }

  /** Up to 200 executions whose request does not come to an end, then cancels and starts one. */
  private static Attack.Load httpSteps(Attacker attacker, String path) throws Exception {
    String step =
        "\"kind\":\"http\",\"effect\":\"idempotent\",%s\"http\":{\"method\":\"get\",\"url\":\"%s\"}";
    String url = attacker.echo().url(path);
    Attacker.AttackResponse longest =
        attacker.post(
            ADMIN,
            RUNBOOKS,
            "{\"name\":\"Longest\","
                + steps(1, step.formatted("\"timeout_seconds\":2592000,", url))
                + "}");
    String runbook =
        longest.status() == 201
            ? longest.text("id")
            : attacker.create(
                RUNBOOKS, "{\"name\":\"Default\"," + steps(1, step.formatted("", url)) + "}");
    return () -> {
      attacker.post(ADMIN, RUNBOOKS + "/" + runbook + "/executions", "{}");
      // Bounds the rate of starts, which is not what this attack measures.
      Thread.sleep(50);
    };
  }

  private static Attack.Load mutualRecursion(Attacker attacker) throws Exception {
    String first =
        attacker.create(RUNBOOKS, "{\"name\":\"a\"," + steps(1, "\"kind\":\"manual\"") + "}");
    String call =
        "\"kind\":\"runbook\",\"after\":[],\"on_failure\":\"continue\",\"runbook\":{\"runbook_id\":\"%s\"}";
    String second =
        attacker.create(RUNBOOKS, "{\"name\":\"b\"," + steps(100, call.formatted(first)) + "}");
    attacker.send(
        ADMIN,
        "PATCH",
        RUNBOOKS + "/" + first,
        "application/json",
        "{" + steps(100, call.formatted(second)) + "}");
    return () -> {
      attacker.post(ADMIN, RUNBOOKS + "/" + first + "/executions", "{}");
      TimeUnit.SECONDS.sleep(2);
    };
  }

  /** Up to 300 runbooks of 1 MB whose conditions each new incident is compared with. */
  private static Attack.Load attachedRunbooks(Attacker attacker) throws Exception {
    String runbook =
        "{\"name\":\"big\",\"attach\":{\"condition\":\"incident.severity == 'info'\"},"
            + steps(50, "\"kind\":\"manual\",\"instructions\":\"" + "i".repeat(20_000) + "\"")
            + "}";
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(45);
    int saved = 0;
    while (saved < 300
        && System.nanoTime() < end
        && attacker.post(ADMIN, RUNBOOKS, runbook).status() == 201) {
      saved++;
    }
    return () -> {
      attacker.post(USER, INCIDENTS, "{\"title\":\"ordinary\"}");
      TimeUnit.MILLISECONDS.sleep(500);
    };
  }

  private static Attack.Load manyExecutions(Attacker attacker) throws Exception {
    String runbook =
        attacker.create(
            RUNBOOKS,
            "{\"name\":\"Notes\","
                + steps(50, "\"kind\":\"note\",\"note\":{\"message\":\"x\"}")
                + "}");
    return () -> attacker.post(ADMIN, RUNBOOKS + "/" + runbook + "/executions", "{}");
  }

  private static Attack.Load secretEchoes(Attacker attacker) throws Exception {
    return new SecretEchoes(attacker);
  }
}
