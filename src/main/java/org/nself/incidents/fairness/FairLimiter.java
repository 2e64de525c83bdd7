package org.nself.incidents.fairness;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/**
 * Limits how many threads do something at once. Accounts take turns; within one, the first comes
 * first. An account may hold all permits while no other waits, else half.
 *
 * <p>Not a {@link java.util.concurrent.Semaphore}: that does not distinguish accounts, and a timed
 * wait on a virtual thread schedules a task for each wait, which cost more under load than an order
 * of arrival gains (bench/README.md). Instead, threads that acquire or release a permit refuse the
 * waiters that are overdue, and so does {@link #expireWaiters}, called once per second.
 */
public final class FairLimiter {

  /** How long a thread waits at most. */
  public static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private static final Duration NO_TIMEOUT = Duration.ofDays(10_000);

  /** How often threads that acquire or release look for waiters that are overdue. */
  private static final long EXPIRY_INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);

  private enum WaiterState {
    WAITING,
    ADMITTED,
    REFUSED
  }

  private static final class Waiter {
    final Thread thread = Thread.currentThread();
    final long since = System.nanoTime();
    final String account;
    volatile @Nullable ApiException refusal;
    volatile WaiterState state = WaiterState.WAITING;

    Waiter(String account) {
      this.account = account;
    }

    void admit() {
      state = WaiterState.ADMITTED;
      LockSupport.unpark(thread);
    }

    void refuse(ApiException reason) {
      refusal = reason;
      state = WaiterState.REFUSED;
      LockSupport.unpark(thread);
    }
  }

  /**
   * The settings of a limiter.
   *
   * @param permits how many threads do it at once
   * @param reserve how many more, of accounts of which no thread does it
   * @param maxWaiting how many threads of an account may wait
   * @param timed whether waiting threads end their waiting by themselves; else {@link
   *     #expireWaiters} has to be called. Costs a timer for each wait
   * @param brief whether it takes milliseconds as a rule: see {@link
   *     FairQueue.Share#HALF_WHEN_CONTENDED_BRIEFLY}
   * @param maxWait how long a thread waits at most
   * @param timeoutMessage tells a caller that waited so long what happened
   */
  public record Options(
      int permits,
      int reserve,
      int maxWaiting,
      boolean timed,
      boolean brief,
      Duration maxWait,
      String timeoutMessage) {

    public Options(int permits, String timeoutMessage) {
      this(permits, 0, Integer.MAX_VALUE, false, false, MAX_WAIT, timeoutMessage);
    }

    public Options withReserve(int newReserve) {
      return new Options(permits, newReserve, maxWaiting, timed, brief, maxWait, timeoutMessage);
    }

    public Options withMaxWaiting(int newMaxWaiting) {
      return new Options(permits, reserve, newMaxWaiting, timed, brief, maxWait, timeoutMessage);
    }

    public Options withTimedWaits() {
      return new Options(permits, reserve, maxWaiting, true, brief, maxWait, timeoutMessage);
    }

    public Options forBriefWork() {
      return new Options(permits, reserve, maxWaiting, timed, true, maxWait, timeoutMessage);
    }

    /** For threads that nobody waits for. */
    public Options withoutTimeout() {
      return new Options(permits, reserve, maxWaiting, timed, brief, NO_TIMEOUT, timeoutMessage);
    }
  }

  private final Options options;
  private final Timer waitTime;
  private final Counter timeouts;
  private final Counter rejections;
  private final Counter tooMany;

  @GuardedBy("this")
  private final FairQueue<Waiter> queue;

  @GuardedBy("this")
  private long nextExpiry = System.nanoTime();

  /**
   * @param name of its metrics, which begin with it
   * @param what the threads wait for, for the descriptions of the metrics
   * @param tags tell this limiter's metrics from another's
   */
  public FairLimiter(Options options, String name, String what, Tags tags, MeterRegistry metrics) {
    this.options = options;
    this.queue =
        new FairQueue<>(
            options.permits(),
            options.reserve(),
            options.brief()
                ? FairQueue.Share.HALF_WHEN_CONTENDED_BRIEFLY
                : FairQueue.Share.HALF_WHEN_CONTENDED,
            Waiter::admit);
    Gauge.builder(name + "_length", this, FairLimiter::queueLength)
        .description("Threads that wait for " + what)
        .tags(tags)
        .register(metrics);
    this.waitTime =
        Timer.builder(name + "_wait")
            .description("Time that threads waited for " + what)
            .serviceLevelObjectives(
                Duration.ofMillis(1),
                Duration.ofMillis(5),
                Duration.ofMillis(20),
                Duration.ofMillis(100),
                Duration.ofMillis(500),
                Duration.ofSeconds(2))
            .tags(tags)
            .register(metrics);
    this.timeouts = refusalCounter(name, what, "timeout", tags, metrics);
    this.rejections = refusalCounter(name, what, "unavailable", tags, metrics);
    this.tooMany = refusalCounter(name, what, "too_many", tags, metrics);
  }

  private static Counter refusalCounter(
      String name, String what, String reason, Tags tags, MeterRegistry metrics) {
    return Counter.builder(name + "_refused")
        .description("Threads that were refused " + what)
        .tags(tags.and("reason", reason))
        .register(metrics);
  }

  /**
   * Runs the work with a permit.
   *
   * @throws ApiException as {@link #acquire} does
   */
  public <T extends @Nullable Object> T run(String account, Supplier<T> work) {
    acquire(account);
    try {
      return work.get();
    } finally {
      release(account);
    }
  }

  /**
   * Acquires a permit, to be released by {@link #release}.
   *
   * @throws ApiException without a permit after 5 to 6 s: {@code rate_limited} where the account
   *     itself holds half of the permits and others want some, else {@code unavailable}; {@code
   *     rate_limited} at once where too many threads of the account wait; {@code unavailable} where
   *     {@link #rejectWaiters} was called or the thread was interrupted
   */
  public void acquire(String account) {
    @Nullable Waiter waiter = enqueueUnlessFree(account);
    if (waiter == null) {
      waitTime.record(0, TimeUnit.NANOSECONDS);
    } else {
      await(waiter);
    }
  }

  /** Null where a permit was free and is acquired now. */
  private synchronized @Nullable Waiter enqueueUnlessFree(String account) {
    expireNowAndThen();
    if (queue.tryAcquire(account)) {
      return null;
    }
    if (queue.size(account) >= options.maxWaiting()) {
      tooMany.increment();
      throw ApiException.of(ErrorCode.RATE_LIMITED, options.timeoutMessage());
    }
    Waiter waiter = new Waiter(account);
    queue.enqueue(account, waiter);
    return waiter;
  }

  public synchronized void release(String account) {
    expireNowAndThen();
    queue.release(account);
  }

  @GuardedBy("this")
  private void expireNowAndThen() {
    if (queue.size() > 0) {
      long now = System.nanoTime();
      if (now - nextExpiry >= 0) {
        nextExpiry = now + EXPIRY_INTERVAL;
        expireWaiters();
      }
    }
  }

  /** Ends the waiting of threads that have waited for 5 s. */
  public synchronized void expireWaiters() {
    long now = System.nanoTime();
    for (Waiter waiter :
        queue.removeOverdue(waiting -> now - waiting.since > options.maxWait().toNanos())) {
      // Counted before the thread continues, because it may read the count.
      timeouts.increment();
      waiter.refuse(timeout(waiter));
    }
  }

  @GuardedBy("this")
  private ApiException timeout(Waiter waiter) {
    return queue.takesMost(waiter.account)
        ? ApiException.of(ErrorCode.RATE_LIMITED, options.timeoutMessage())
        : ApiException.unavailable(options.timeoutMessage());
  }

  /** Ends the waiting of all threads, for a reason that concerns all. */
  public synchronized void rejectWaiters(Supplier<ApiException> reason) {
    for (Waiter waiter : queue.removeOverdue(_ -> true)) {
      rejections.increment();
      waiter.refuse(reason.get());
    }
  }

  private synchronized int queueLength() {
    return queue.size();
  }

  private void await(Waiter waiter) {
    while (waiter.state == WaiterState.WAITING) {
      if (options.timed()) {
        LockSupport.parkNanos(
            this, options.maxWait().toNanos() - (System.nanoTime() - waiter.since) + 1);
        if (waiter.state == WaiterState.WAITING
            && System.nanoTime() - waiter.since > options.maxWait().toNanos()) {
          expireWaiters();
        }
      } else {
        LockSupport.park(this);
      }
      if (Thread.currentThread().isInterrupted() && cancel(waiter)) {
        throw ApiException.unavailable("The service is stopping; try again");
      }
    }
    waitTime.record(System.nanoTime() - waiter.since, TimeUnit.NANOSECONDS);
    @Nullable ApiException refusal = waiter.refusal;
    if (refusal != null) {
      throw refusal;
    }
  }

  /** False where the waiter has been admitted or refused meanwhile. */
  private synchronized boolean cancel(Waiter waiter) {
    return queue.remove(waiter.account, waiter);
  }
}
