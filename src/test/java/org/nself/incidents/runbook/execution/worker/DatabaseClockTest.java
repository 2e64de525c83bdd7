package org.nself.incidents.runbook.execution.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.MovableClock;

class DatabaseClockTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private final MovableClock own = new MovableClock(NOON);
  private final DatabaseClock clock = new DatabaseClock(own);

  @Test
  void twoMachinesWithClocksThatDifferAgreeOnceTheyFollowTheSame() {
    DatabaseClock other = new DatabaseClock(new MovableClock(NOON.plusSeconds(6)));
    Instant database = NOON.minusSeconds(2);
    assertThat(clock.synchronize(() -> database)).isEqualTo(Duration.ofSeconds(-2));
    assertThat(other.synchronize(() -> database)).isEqualTo(Duration.ofSeconds(-8));
    assertThat(clock.instant()).isEqualTo(database).isEqualTo(other.instant());
  }

  @Test
  void theTimeThatTheAnswerTookIsSharedBetweenTheWays() {
    clock.synchronize(
        () -> {
          own.forward(Duration.ofSeconds(1));
          return NOON;
        });
    assertThat(clock.instant())
        .as("the answer is taken for half a second old")
        .isEqualTo(NOON.plusMillis(500));
  }
}
