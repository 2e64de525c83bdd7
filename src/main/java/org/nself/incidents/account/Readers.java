package org.nself.incidents.account;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.nself.incidents.api.Problem;

/**
 * Lets reads come to the database few at a time, first come first served, before they take a
 * connection.
 *
 * <p>The pool gives a connection to whoever asks at the right moment, and the one who waits longest
 * goes to the end of the queue again; with more statements at once than there are processors, each
 * of them takes the longer. Under load, p99 of a list was two to three times what it is in this
 * order (bench/README.md). And a flood of slow reads leaves connections to those who write.
 */
final class Readers {

  /** As long as for a connection. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Semaphore places;

  /**
   * Two for each processor, where the pool has so many: one reads while another's rows are on their
   * way. At most four fifths of the pool, but always one.
   */
  Readers(int connections, int processors) {
    places = new Semaphore(Math.clamp(2L * processors, 1, Math.max(1, connections * 4 / 5)), true);
  }

  /**
   * Runs the read when it is its turn.
   *
   * @throws Problem {@code unavailable} after 5 s in vain
   */
  <T> T take(Supplier<T> read) {
    try {
      if (!places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw Problem.unavailable("Too many requests read from the database at once; try again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.unavailable("The service is stopping; try again");
    }
    try {
      return read.get();
    } finally {
      places.release();
    }
  }
}
