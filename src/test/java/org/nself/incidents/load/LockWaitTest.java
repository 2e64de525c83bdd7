package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/**
 * Requests that wait for a lock which another process holds. They must not use up the connections
 * and permits that other writes need.
 */
@ExtendWith(RunningService.class)
class LockWaitTest {

  /** More than the connections of a pool, 10, and the permits of writers, 8. */
  private static final int REQUESTS = 16;

  /** Far below the 5 s for which a connection and a lock are waited for. */
  private static final Duration FAST = Duration.ofSeconds(2);

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;
  private final String path;

  LockWaitTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.incident = api.open("Locked");
    this.path = "/api/v1/incidents/" + incident;
  }

  private String advisoryLock(String name) {
    return "select pg_advisory_xact_lock(hashtextextended('%s' || chr(31) || '%s', 7238))"
        .formatted(account, name);
  }

  private String rowLock() {
    return "select 1 from np_incidents where id = '%s' for update".formatted(incident);
  }

  @Test
  void mergesThatWaitDoNotDelayTheWritesOfAnotherAccount() throws Exception {
    String into = api.open("Into");
    assertOthersAreNotDelayed(
        advisoryLock("merge"), () -> api.post(path + "/merge", "{\"into\":\"" + into + "\"}"));
  }

  @Test
  void repeatsOfAKeyThatWaitDoNotDelayTheWritesOfAnotherAccount() throws Exception {
    Api keyed = api.header("Idempotency-Key", "k");
    keyed.patch(path, "{\"owner\":\"ana\"}").expect(200);
    assertOthersAreNotDelayed(
        advisoryLock("idempotency k"), () -> keyed.patch(path, "{\"owner\":\"ana\"}"));
  }

  @Test
  void changesOfOneIncidentThatWaitDoNotDelayTheWritesOfAnotherAccount() throws Exception {
    assertOthersAreNotDelayed(rowLock(), () -> api.patch(path, "{\"owner\":\"ana\"}"));
  }

  @Test
  void aRepeatOfARecordedKeyDoesNotWaitForTheIncident() throws Exception {
    Api keyed = api.header("Idempotency-Key", "k");
    keyed.patch(path, "{\"owner\":\"ana\"}").expect(200);
    try (Connection other = TestPostgres.connect(service.databaseUrl());
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(rowLock());
      assertThat(timed(() -> keyed.patch(path, "{\"owner\":\"ana\"}"))).isLessThan(FAST);
      other.rollback();
    }
  }

  @Test
  void aLockThatIsHeldTooLongIsAnsweredWithRetryAfter() throws Exception {
    try (Connection other = TestPostgres.connect(service.databaseUrl());
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(advisoryLock("merge"));
      Response response =
          api.post(path + "/merge", "{\"into\":\"" + api.open("Into") + "\"}").expect(503);
      assertThat(response.text("code")).isEqualTo("unavailable");
      assertThat(response.header("Retry-After")).isEqualTo("1");
      other.rollback();
    }
  }

  private void assertOthersAreNotDelayed(String lock, Supplier<Response> request) throws Exception {
    Api another = service.admin();
    try (Connection other = TestPostgres.connect(service.databaseUrl());
        Statement statement = other.createStatement();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      other.setAutoCommit(false);
      statement.execute(lock);
      List<Future<Response>> waiting = new ArrayList<>();
      for (int i = 0; i < REQUESTS; i++) {
        waiting.add(threads.submit(request::get));
      }
      DirectDatabase database = new DirectDatabase(service.databaseUrl());
      Eventually.until(
          Duration.ofSeconds(10),
          "a request to wait for the lock",
          () -> blocked(database, other) > 0);
      for (int i = 0; i < 10; i++) {
        assertThat(timed(() -> another.open("Not delayed"))).isLessThan(FAST);
      }
      assertThat(blocked(database, other)).as("connections that wait for the lock").isEqualTo(1);
      other.rollback();
      for (Future<Response> response : waiting) {
        response.get().expect(200);
      }
    }
  }

  private static long blocked(DirectDatabase database, Connection by) {
    try {
      return database.number(
          "select count(*) from pg_stat_activity where %d = any(pg_blocking_pids(pid))"
              .formatted(by.unwrap(org.postgresql.PGConnection.class).getBackendPID()));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Duration timed(Supplier<?> request) {
    long start = System.nanoTime();
    Object _ = request.get();
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
