package org.nself.incidents.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition. */
public final class Eventually {

  private Eventually() {}

  /**
   * Checks every 20 ms.
   *
   * @param what the condition, for the error message
   */
  public static void until(Duration atMost, String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Timeout after " + atMost + " waiting for " + what);
      }
      LockSupport.parkNanos(20_000_000);
    }
  }
}
