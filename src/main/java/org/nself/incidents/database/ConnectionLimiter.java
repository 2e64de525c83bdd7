package org.nself.incidents.database;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;

/**
 * Limits concurrent database access: a number of permits, handed out first come, first served.
 *
 * <p>HikariCP gives a returned connection to any thread that asks at the right moment, and a
 * waiting thread that misses one goes to the end of the queue. Under load, p99 of a list was two to
 * three times what it is in this order, and that of an appended event twice (bench/README.md).
 *
 * <p>Not a {@link java.util.concurrent.Semaphore}: a timed wait on a virtual thread schedules a
 * task for each wait, which cost more than the order gains. Instead, threads that acquire or
 * release a permit expire the waiters that are overdue, and so does the monitor of {@link
 * DatabasePool} once per second.
 */
final class ConnectionLimiter {

  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private enum State {
    WAITING,
    ADMITTED,
    TIMED_OUT,
    DATABASE_UNAVAILABLE
  }

  private static final class Waiter {
    final Thread thread = Thread.currentThread();
    final long since = System.nanoTime();
    volatile State state = State.WAITING;

    void signal(State next) {
      state = next;
      LockSupport.unpark(thread);
    }
  }

  @GuardedBy("this")
  private final ArrayDeque<Waiter> queue = new ArrayDeque<>();

  @GuardedBy("this")
  private int permits;

  private final String timeoutMessage;
  private final Timer waitTime;
  private final Counter timeouts;
  private final Counter rejections;

  /**
   * @param permits how many threads have access at once
   * @param tags tell this limiter's metrics from another's
   * @param timeoutMessage tells a caller that waited for 5 s what happened
   */
  ConnectionLimiter(int permits, Tags tags, String timeoutMessage, MeterRegistry metrics) {
    this.permits = permits;
    this.timeoutMessage = timeoutMessage;
    Gauge.builder("nself_plugin_database_queue_length", this, ConnectionLimiter::queueLength)
        .description("Threads that wait for access to the database")
        .tags(tags)
        .register(metrics);
    this.waitTime =
        Timer.builder("nself_plugin_database_queue_wait")
            .description("Time that threads waited for access to the database")
            .serviceLevelObjectives(
                Duration.ofMillis(1),
                Duration.ofMillis(5),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofSeconds(2))
            .tags(tags)
            .register(metrics);
    this.timeouts = refused("timeout", tags, metrics);
    this.rejections = refused("unavailable", tags, metrics);
  }

  private static Counter refused(String reason, Tags tags, MeterRegistry metrics) {
    return Counter.builder("nself_plugin_database_queue_refused")
        .description("Threads that were refused access to the database after waiting for it")
        .tags(tags.and("reason", reason))
        .register(metrics);
  }

  /**
   * Runs the work with a permit.
   *
   * @throws ApiException {@code unavailable} without a permit after 5 to 6 s, and at once when the
   *     database becomes unavailable
   */
  <T> T run(Supplier<T> work) {
    acquire();
    try {
      return work.get();
    } finally {
      release();
    }
  }

  /**
   * Acquires a permit, to be given back by {@link #release()}.
   *
   * @throws ApiException as {@link #run} does
   */
  void acquire() {
    @Nullable Waiter waiter = enqueueUnlessFree();
    if (waiter == null) {
      waitTime.record(0, TimeUnit.NANOSECONDS);
    } else {
      await(waiter);
    }
  }

  /** Null where a permit was free and is acquired now. */
  private synchronized @Nullable Waiter enqueueUnlessFree() {
    expireWaiters();
    if (permits > 0) {
      permits--;
      return null;
    }
    Waiter waiter = new Waiter();
    queue.add(waiter);
    return waiter;
  }

  synchronized void release() {
    expireWaiters();
    @Nullable Waiter next = queue.poll();
    if (next == null) {
      permits++;
    } else {
      next.signal(State.ADMITTED);
    }
  }

  /** Ends the waiting of threads that have waited for 5 s. They are at the head of the queue. */
  synchronized void expireWaiters() {
    @Nullable Waiter first = queue.peek();
    while (first != null && System.nanoTime() - first.since > MAX_WAIT.toNanos()) {
      queue.remove();
      first.signal(State.TIMED_OUT);
      first = queue.peek();
    }
  }

  /** Ends the waiting of all threads, because the database is unavailable. */
  synchronized void rejectWaiters() {
    for (Waiter waiter : queue) {
      waiter.signal(State.DATABASE_UNAVAILABLE);
    }
    queue.clear();
  }

  private synchronized int queueLength() {
    return queue.size();
  }

  private void await(Waiter waiter) {
    while (waiter.state == State.WAITING) {
      LockSupport.park(this);
      if (Thread.currentThread().isInterrupted() && cancel(waiter)) {
        throw DatabasePool.interrupted();
      }
    }
    waitTime.record(System.nanoTime() - waiter.since, TimeUnit.NANOSECONDS);
    switch (waiter.state) {
      case WAITING, ADMITTED -> {}
      case TIMED_OUT -> {
        timeouts.increment();
        throw ApiException.unavailable(timeoutMessage);
      }
      case DATABASE_UNAVAILABLE -> {
        rejections.increment();
        throw DatabasePool.unavailable();
      }
    }
  }

  /** False where the waiter has been admitted or refused meanwhile. */
  private synchronized boolean cancel(Waiter waiter) {
    return queue.remove(waiter);
  }
}
