package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.database.PgNotifications;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.PostgresProxy;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/**
 * The latency of delivery. Polling finds every event in the end, but only every two seconds. Here
 * twenty events happen, each after the one before has arrived, so just after a poll if polling
 * found that one: then each takes two seconds. Only most have to be faster, because a busy machine
 * may delay some.
 */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveLatencyTest {

  private static final int TIMES = 20;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Half of the poll interval. */
  private static final Duration SOON = TopicRegistry.POLL_INTERVAL.dividedBy(2);

  private static final String HINTED = "by a hint it takes milliseconds";
  private static final String POLLED =
      "by polling it takes " + TopicRegistry.POLL_INTERVAL_WITHOUT_NOTIFY + " at most";

  private static final String EXECUTION =
      "subscription ($id: UUID!) { runbookExecution(id: $id) { steps { key status } } }";

  private final TestPostgres postgres;
  private PostgresProxy dropping;
  private Service deaf;
  private Service listening;
  private Service polling;

  LiveLatencyTest(TestPostgres postgres) {
    this.postgres = postgres;
  }

  /** Three instances of one service. */
  @BeforeAll
  void start() {
    String database = postgres.createDatabase();
    // Listens, but no notification of another instance arrives: it polls, and is hinted of its own
    // writes only.
    dropping = PostgresProxy.start(database, HintDropper::new);
    deaf = Service.start(database, Map.of("LISTEN_DATABASE_URL", dropping.databaseUrl()));
    listening = Service.start(database, Map.of());
    polling = Service.start(database, Map.of("LISTEN_DATABASE_URL", "off"));
    // Until they listen, they poll.
    for (Service service : new Service[] {deaf, listening}) {
      Eventually.until(
          Duration.ofSeconds(20),
          "an instance to listen",
          service.context().getBean(PgNotifications.class)::isListening);
    }
  }

  @AfterAll
  void stop() {
    polling.close();
    listening.close();
    deaf.close();
    dropping.close();
  }

  /** Drops the notifications of topics, and no other. */
  private static final class HintDropper implements PostgresProxy.Observer {
    @Override
    public boolean toClient(char type, byte[] body) {
      return type != 'A'
          || !new String(body, StandardCharsets.UTF_8).contains(ChangeNotifier.CHANNEL);
    }
  }

  @Test
  void subscribersOfTheWritingInstanceAreHintedWithoutANotification() {
    followed(deaf);
  }

  @Test
  void subscribersOfAnotherInstanceAreHintedByANotification() {
    followed(listening);
  }

  /** Subscribes to the timeline and the account at one instance, and writes at another. */
  private void followed(Service watched) {
    String account = Service.newAccount();
    Api writer = deaf.as(account, "admin");
    Api watcher = watched.as(account, "viewer");
    String timeline = "/api/v1/incidents/" + writer.open("Watched") + "/timeline";
    try (StreamClient events = StreamClient.get(watcher, timeline + "?after_seq=1").expect(200);
        StreamClient changes = StreamClient.get(watcher, "/api/v1/incidents").expect(200)) {
      inTurn(
          HINTED,
          i -> writer.post(timeline, "{\"message\":\"note " + i + "\"}").expect(201),
          i -> {
            assertThat(next(events).at("/message").asString()).isEqualTo("note " + i);
            assertThat(next(changes).at("/event/message").asString()).isEqualTo("note " + i);
          });
    }
  }

  @Test
  void subscribersOfAnExecutionAtAnotherInstanceAreHintedByANotification() {
    String account = Service.newAccount();
    Api writer = deaf.as(account, "admin");
    String steps =
        IntStream.range(0, TIMES)
            .mapToObj(i -> "{'key':'s%d','title':'Step','kind':'manual','after':[]}".formatted(i))
            .collect(Collectors.joining(","));
    String runbook =
        writer
            .post(
                "/api/v1/runbooks",
                "{'name':'Watched','steps':[%s]}".formatted(steps).replace('\'', '"'))
            .expect(201)
            .text("id");
    String execution =
        writer.post("/api/v1/runbooks/" + runbook + "/executions", "{}").expect(201).text("id");
    String path = "/api/v1/runbook-executions/" + execution;
    Eventually.until(
        Duration.ofSeconds(20),
        "the execution to wait for people",
        () -> writer.get(path).text("status").equals("waiting"));
    try (StreamClient states =
        StreamClient.graphql(
                listening.as(account, "viewer"), EXECUTION, "{\"id\":\"" + execution + "\"}")
            .expect(200)) {
      inTurn(
          HINTED,
          i -> writer.post(path + "/steps/s" + i + "/complete", "{}").expect(200),
          i -> {
            String status = "/data/runbookExecution/steps/" + i + "/status";
            while (!next(states).at(status).asString().equals("SUCCEEDED")) {
              // A state from before it.
            }
          });
    }
  }

  @Test
  void pollingFindsEventsOfPsqlWhileNothingListens() {
    String account = Service.newAccount();
    Api api = polling.as(account, "admin");
    String incident = api.open("Watched");
    DirectDatabase psql = new DirectDatabase(polling.databaseUrl());
    try (StreamClient events =
        StreamClient.get(api, "/api/v1/incidents/" + incident + "/timeline?after_seq=1")
            .expect(200)) {
      inTurn(
          POLLED,
          i ->
              psql.execute(
                  "insert into np_incident_timeline (source_account_id, incident_id, message)"
                      + " values ('%s', '%s', 'by hand %d')".formatted(account, incident, i)),
          i -> assertThat(next(events).at("/message").asString()).isEqualTo("by hand " + i));
    }
  }

  /**
   * Repeats an event and waits for its arrival.
   *
   * @param instead the cause of slow arrivals, for the message
   * @param arrives waits until it has arrived
   */
  private static void inTurn(String instead, IntConsumer happens, IntConsumer arrives) {
    List<Duration> taken = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      happens.accept(i);
      long start = System.nanoTime();
      arrives.accept(i);
      taken.add(Duration.ofNanos(System.nanoTime() - start));
    }
    assertThat(taken.stream().sorted().toList().get(TIMES / 2))
        .as(
            "until most had arrived; %s, and only the sweep takes %s: %s",
            instead, TopicRegistry.POLL_INTERVAL, taken)
        .isLessThan(SOON);
  }

  private static JsonNode next(StreamClient stream) {
    StreamClient.@Nullable Message message = stream.poll(PATIENCE.toMillis());
    if (message == null) {
      throw new AssertionError("Nothing arrived within " + PATIENCE);
    }
    return message.json();
  }
}
