package org.nself.incidents.runbook.execution.worker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * The database's time, which all workers share. A worker's heartbeat is judged by the clock of
 * another worker: with local clocks, a machine some seconds ahead would take the others'
 * executions.
 */
public final class DatabaseClock {

  private final Clock local;
  private volatile Duration offset = Duration.ZERO;

  /**
   * @param local the clock of this machine
   */
  public DatabaseClock(Clock local) {
    this.local = local;
  }

  /** Reads the database's clock. */
  @FunctionalInterface
  interface Remote {
    Instant now();
  }

  /**
   * Measures the offset from the local clock.
   *
   * @return the offset, with an error of up to half the round trip
   */
  Duration synchronize(Remote remote) {
    Instant before = local.instant();
    Instant there = remote.now();
    Instant after = local.instant();
    offset = Duration.between(before.plus(Duration.between(before, after).dividedBy(2)), there);
    return offset;
  }

  public Instant instant() {
    return local.instant().plus(offset);
  }
}
