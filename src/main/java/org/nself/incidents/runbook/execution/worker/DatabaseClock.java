package org.nself.incidents.runbook.execution.worker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * The time that all processes have in common: the database's. Whether a process still shows life is
 * judged by the clock of another one; were each to go by its own, one that is some seconds ahead
 * would take the others' executions from them.
 */
public final class DatabaseClock {

  private final Clock own;
  private volatile Duration ahead = Duration.ZERO;

  /**
   * @param own this machine's
   */
  public DatabaseClock(Clock own) {
    this.own = own;
  }

  /** What the clock of a database says. */
  @FunctionalInterface
  interface Remote {
    Instant now();
  }

  /**
   * Asks the other clock.
   *
   * @return by how much it is ahead of this machine's, to half of the time that the answer took
   */
  Duration synchronize(Remote remote) {
    Instant before = own.instant();
    Instant there = remote.now();
    Instant after = own.instant();
    ahead = Duration.between(before.plus(Duration.between(before, after).dividedBy(2)), there);
    return ahead;
  }

  public Instant instant() {
    return own.instant().plus(ahead);
  }
}
