package org.nself.incidents.database;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * Lets those who want a connection come to the database few at a time, first come first served.
 *
 * <p>The pool gives a connection to whoever asks at the right moment, and the one who waits longest
 * goes to the end of the queue again; with more statements at once than there are processors, each
 * of them takes the longer. Under load, p99 of a list was two to three times what it is in this
 * order, and that of an appended event twice (bench/README.md). And a flood of slow reads leaves
 * connections to those who write, and the other way round.
 *
 * <p>Not a {@link java.util.concurrent.Semaphore}: waiting for one with a timeout is, on a virtual
 * thread, a task for the scheduler's delay thread each time, which cost more than the order gains.
 * Here whoever comes or goes sends away those who have waited too long.
 */
final class ConnectionLimiter {

  /** As long as for a connection. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  // Both are looked at and changed under the lock of this.
  private final ArrayDeque<Waiter> queue = new ArrayDeque<>();
  private int permits;

  private final String timeoutMessage;

  /**
   * @param places how many come to the database at once
   * @param doing what they do there, for the message to those who waited in vain: "read from"
   */
  private ConnectionLimiter(int places, String doing) {
    this.permits = places;
    this.timeoutMessage = "Too many requests %s the database at once; try again".formatted(doing);
  }

  /**
   * Two for each processor, where the pool has so many: one reads while another's rows are on their
   * way.
   */
  static ConnectionLimiter ofReaders(int connections, int processors) {
    return new ConnectionLimiter(
        Math.clamp(2L * processors, 1, upperBound(connections)), "read from");
  }

  /** Fewer made p99 of writes no shorter, as it did that of reads; more would leave reads none. */
  static ConnectionLimiter ofWriters(int connections) {
    return new ConnectionLimiter(upperBound(connections), "write to");
  }

  /** Four fifths of the pool, but always one. */
  private static int upperBound(int connections) {
    return Math.max(1, connections * 4 / 5);
  }

  private enum State {
    WAITING,
    ADMITTED,
    TOO_LATE
  }

  private static final class Waiter {
    final Thread thread = Thread.currentThread();
    final long since = System.nanoTime();
    volatile State state = State.WAITING;

    void tell(State now) {
      state = now;
      LockSupport.unpark(thread);
    }
  }

  /**
   * Does the work when it is its turn.
   *
   * @throws ApiException {@code unavailable} after 5 s in vain, or later where nobody came or went
   *     meanwhile
   */
  <T> T run(Supplier<T> work) {
    @Nullable Waiter waiting = acquire();
    if (waiting != null) {
      await(waiting);
    }
    try {
      return work.get();
    } finally {
      release();
    }
  }

  /** Null where a place was free. */
  private synchronized @Nullable Waiter acquire() {
    expireWaiters();
    if (permits > 0) {
      permits--;
      return null;
    }
    Waiter waiting = new Waiter();
    queue.add(waiting);
    return waiting;
  }

  private synchronized void release() {
    expireWaiters();
    @Nullable Waiter next = queue.poll();
    if (next == null) {
      permits++;
    } else {
      next.tell(State.ADMITTED);
    }
  }

  /** All wait equally long, so those who wait too long are the first. Called under the lock. */
  private void expireWaiters() {
    @Nullable Waiter first = queue.peek();
    while (first != null && System.nanoTime() - first.since > MAX_WAIT.toNanos()) {
      queue.remove();
      first.tell(State.TOO_LATE);
      first = queue.peek();
    }
  }

  private void await(Waiter waiting) {
    while (waiting.state == State.WAITING) {
      LockSupport.park(this);
      if (Thread.currentThread().isInterrupted() && cancel(waiting)) {
        throw ApiException.unavailable("The service is stopping; try again");
      }
    }
    if (waiting.state == State.TOO_LATE) {
      throw ApiException.unavailable(timeoutMessage);
    }
  }

  /** Whether it still waited; else it has a place, which it must leave, or is too late. */
  private synchronized boolean cancel(Waiter waiting) {
    return queue.remove(waiting);
  }
}
