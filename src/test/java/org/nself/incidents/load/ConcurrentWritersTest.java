package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

@Isolated("It loads the machine.")
@ExtendWith(RunningService.class)
class ConcurrentWritersTest {

  private static final int WRITERS = 64;
  private static final int ROUNDS = 15;
  private static final int SHARED_INCIDENTS = 8;

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  ConcurrentWritersTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  @Test
  void sixtyFourWritersLoseNoUpdateAndLeaveNoGap() throws Exception {
    List<String> shared =
        IntStream.range(0, SHARED_INCIDENTS).mapToObj(i -> api.open("Shared " + i)).toList();
    AtomicInteger opened = new AtomicInteger(SHARED_INCIDENTS);
    AtomicInteger refusedUpdates = new AtomicInteger();
    AtomicInteger rolledBack = new AtomicInteger();
    Map<String, AtomicInteger> events = new ConcurrentHashMap<>();
    Map<String, AtomicInteger> increments = new ConcurrentHashMap<>();
    shared.forEach(
        id -> {
          events.put(id, new AtomicInteger(1));
          increments.put(id, new AtomicInteger());
          api.patch("/api/v1/incidents/" + id, "{\"labels\":{\"count\":\"0\"}}").expect(200);
          of(events, id).incrementAndGet();
        });

    inParallel(
        WRITERS,
        writer -> {
          for (int round = 0; round < ROUNDS; round++) {
            String id = shared.get(ThreadLocalRandom.current().nextInt(shared.size()));
            switch (ThreadLocalRandom.current().nextInt(4)) {
              case 0 -> {
                api.open("By writer " + writer);
                opened.incrementAndGet();
              }
              case 1 -> {
                api.post(
                        "/api/v1/incidents/" + id + "/timeline",
                        "{\"message\":\"By writer " + writer + "\"}")
                    .expect(201);
                of(events, id).incrementAndGet();
              }
              case 2 -> {
                // Read, increment, write only if the version is unchanged: the counter shows
                // whether an update was lost.
                if (increment(id)) {
                  of(increments, id).incrementAndGet();
                  of(events, id).incrementAndGet();
                } else {
                  refusedUpdates.incrementAndGet();
                }
              }
              default -> {
                rollBack(id);
                rolledBack.incrementAndGet();
              }
            }
          }
          return writer;
        });

    assertThat(numbers())
        .as("numbers, unique and without a gap")
        .isEqualTo(IntStream.rangeClosed(1, opened.get()).boxed().toList());
    for (String id : shared) {
      JsonNode verification =
          api.get("/api/v1/incidents/" + id + "/timeline/verification").expect(200).body();
      assertThat(verification.get("intact").asBoolean())
          .as("the chain of %s: %s", id, verification)
          .isTrue();
      assertThat(verification.get("events").asInt())
          .as("events of %s", id)
          .isEqualTo(of(events, id).get());
      Response incident = api.get("/api/v1/incidents/" + id).expect(200);
      assertThat(incident.text("labels/count"))
          .as("the counter that every accepted update raised by one")
          .isEqualTo(String.valueOf(of(increments, id).get()));
      assertThat(incident.at("version").asInt()).isEqualTo(2 + of(increments, id).get());
      assertThat(incident.at("timeline/" + (incident.at("timeline").size() - 1) + "/seq").asInt())
          .isEqualTo(of(events, id).get());
    }
    System.out.printf(
        "64 writers: %d incidents, %d updates accepted, %d refused with 412, %d transactions rolled"
            + " back, all chains intact%n",
        opened.get(),
        increments.values().stream().mapToInt(AtomicInteger::get).sum(),
        refusedUpdates.get(),
        rolledBack.get());
    assertThat(refusedUpdates.get())
        .as("some updates must have met, or the test shows nothing")
        .isPositive();
  }

  private static AtomicInteger of(Map<String, AtomicInteger> counts, String id) {
    return Objects.requireNonNull(counts.get(id));
  }

  private boolean increment(String id) {
    Response read = api.get("/api/v1/incidents/" + id).expect(200);
    int count = Integer.parseInt(read.text("labels/count"));
    Response written =
        api.header("If-Match", String.valueOf(read.header("ETag")))
            .patch("/api/v1/incidents/" + id, "{\"labels\":{\"count\":\"" + (count + 1) + "\"}}");
    assertThat(written.status()).as(written.text()).isIn(200, 412);
    return written.status() == 200;
  }

  /** Writes directly to the database and rolls back. */
  private void rollBack(String id) throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "insert into np_incidents (source_account_id, title) values ('%s', 'Never')"
              .formatted(account));
      statement.execute(
          "insert into np_incident_timeline (source_account_id, incident_id, message) values ('%s', '%s', 'Never')"
              .formatted(account, id));
      connection.rollback();
    }
  }

  private List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>();
    String cursor = "";
    do {
      Response page =
          api.get("/api/v1/incidents?limit=200&sort=opened_at_asc" + cursor).expect(200);
      page.at("incidents").forEach(incident -> numbers.add(incident.get("number").asInt()));
      cursor = page.at("next_cursor").isNull() ? "" : "&cursor=" + page.text("next_cursor");
    } while (!cursor.isEmpty());
    return numbers.stream().sorted().toList();
  }

  @Test
  void aThousandConcurrentAlertsWithOneDedupKeyOpenOneIncident() throws Exception {
    List<Response> responses =
        inParallel(
            1_000,
            _ ->
                api.post(
                    "/api/v1/incidents", "{\"title\":\"Disk full\",\"dedup_key\":\"disk-7\"}"));
    assertThat(responses).extracting(Response::status).containsOnly(200, 201);
    assertThat(responses).filteredOn(response -> response.status() == 201).hasSize(1);
    assertThat(responses)
        .extracting(response -> response.text("id"))
        .containsOnly(responses.getFirst().text("id"));
    Response list = api.get("/api/v1/incidents").expect(200);
    assertThat(list.at("incidents").size()).isEqualTo(1);
    assertThat(list.at("incidents/0/occurrences").asInt()).isEqualTo(1_000);
    assertThat(
            api.post("/api/v1/incidents", "{\"title\":\"Another\"}")
                .expect(201)
                .at("number")
                .asInt())
        .as("repetitions use up no numbers")
        .isEqualTo(2);
  }

  @Test
  void aHundredConcurrentRequestsWithOneIdempotencyKeyAreExecutedOnce() throws Exception {
    String id = api.open("Noted");
    List<Response> opened =
        inParallel(
            100,
            _ ->
                api.header("Idempotency-Key", "open-1")
                    .post("/api/v1/incidents", "{\"title\":\"Once\"}")
                    .expect(201));
    List<Response> noted =
        inParallel(
            100,
            _ ->
                api.header("Idempotency-Key", "note-1")
                    .post("/api/v1/incidents/" + id + "/timeline", "{\"message\":\"Once\"}")
                    .expect(201));
    List<Response> changed =
        inParallel(
            100,
            _ ->
                api.header("Idempotency-Key", "patch-1")
                    .patch("/api/v1/incidents/" + id, "{\"title\":\"Changed\"}")
                    .expect(200));
    assertThat(opened)
        .extracting(response -> response.text("id"))
        .containsOnly(opened.getFirst().text("id"));
    assertThat(noted).extracting(response -> response.at("seq").asInt()).containsOnly(2);
    assertThat(changed).extracting(response -> response.at("version").asInt()).containsOnly(2);
    assertThat(api.get("/api/v1/incidents").at("incidents").size()).isEqualTo(2);
    assertThat(api.get("/api/v1/incidents/" + id + "/timeline").at("timeline").size()).isEqualTo(3);
  }

  @Test
  void concurrentMergesInOppositeDirectionsMakeNoCycle() throws Exception {
    for (int round = 0; round < 10; round++) {
      String left = api.open("Left");
      String right = api.open("Right");
      List<Response> merged =
          inParallel(
              2,
              side ->
                  side == 0
                      ? api.post(
                          "/api/v1/incidents/" + left + "/merge", "{\"into\":\"" + right + "\"}")
                      : api.post(
                          "/api/v1/incidents/" + right + "/merge", "{\"into\":\"" + left + "\"}"));
      assertThat(merged).extracting(Response::status).containsExactlyInAnyOrder(200, 409);
    }
  }

  private interface Task<T> {
    T run(int worker) throws Exception;
  }

  private static <T> List<T> inParallel(int workers, Task<T> task) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<T>> tasks = new ArrayList<>();
      for (int worker = 0; worker < workers; worker++) {
        int number = worker;
        tasks.add(() -> task.run(number));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> done : threads.invokeAll(tasks)) {
        results.add(done.get());
      }
      return results;
    }
  }
}
