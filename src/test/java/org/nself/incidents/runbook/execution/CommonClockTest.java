package org.nself.incidents.runbook.execution;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.MovableClock;

class CommonClockTest {

  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private final MovableClock own = new MovableClock(NOON);
  private final CommonClock clock = new CommonClock(own);

  @Test
  void twoMachinesWithClocksThatDifferAgreeOnceTheyFollowTheSame() {
    CommonClock other = new CommonClock(new MovableClock(NOON.plusSeconds(6)));
    Instant database = NOON.minusSeconds(2);
    assertThat(clock.follow(() -> database)).isEqualTo(Duration.ofSeconds(-2));
    assertThat(other.follow(() -> database)).isEqualTo(Duration.ofSeconds(-8));
    assertThat(clock.instant()).isEqualTo(database).isEqualTo(other.instant());
  }

  @Test
  void theTimeThatTheAnswerTookIsSharedBetweenTheWays() {
    clock.follow(
        () -> {
          own.forward(Duration.ofSeconds(1));
          return NOON;
        });
    assertThat(clock.instant())
        .as("the answer is taken for half a second old")
        .isEqualTo(NOON.plusMillis(500));
  }
}
