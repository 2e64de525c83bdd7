package org.nself.incidents.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for something to become true. */
public final class Eventually {

  private Eventually() {}

  /**
   * Looks every 20 ms.
   *
   * @param what to say when it does not come true: "… did not happen: what"
   */
  public static void until(Duration atMost, String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("Waited " + atMost + " in vain for " + what);
      }
      LockSupport.parkNanos(20_000_000);
    }
  }
}
