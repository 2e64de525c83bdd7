package org.nself.incidents.runbook.execution.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.MovableClock;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

@ExtendWith(RunningService.class)
class SchedulerLifecycleTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private final Service service;

  SchedulerLifecycleTest(Service service) {
    this.service = service;
  }

  @Test
  void noFailureEndsTheSynchronizationOfTheClock() {
    DatabasePool database =
        new DatabasePool(
            "test",
            ConnectionFactory.of(DatabaseUrl.parse("DATABASE_URL", service.databaseUrl())),
            1,
            new SimpleMeterRegistry());
    DatabaseClock clock = new DatabaseClock(new MovableClock(NOON));
    try (SchedulerLifecycle lifecycle =
        new SchedulerLifecycle(
            database,
            1,
            true,
            clock,
            new ExecutionWakeups(new TenantDatabase(database), clock),
            new ExecutionMetrics(new SimpleMeterRegistry()),
            List.of())) {
      // An exception would end the repetition of the scheduled task.
      lifecycle.synchronizeClock(
          () -> {
            throw new IllegalStateException("no row");
          });
      lifecycle.synchronizeClock(
          () -> {
            throw new AssertionError("a programming error");
          });
      lifecycle.synchronizeClock(() -> NOON.plus(Duration.ofMillis(20)));
    }
    assertThat(clock.instant()).isEqualTo(NOON.plusMillis(20));
  }
}
