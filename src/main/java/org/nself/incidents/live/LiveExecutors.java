package org.nself.incidents.live;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks, each in a virtual thread of its own, which may block; one platform thread keeps the
 * timers and never blocks. What a task throws is logged and ends that run only.
 */
public final class LiveExecutors implements Executor, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LiveExecutors.class);

  private final ExecutorService workers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("live-", 0).factory());
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("live-timer").daemon().factory());

  LiveExecutors() {
    // Otherwise a closed connection would stay in memory until its token expires.
    timer.setRemoveOnCancelPolicy(true);
  }

  @Override
  public void execute(Runnable task) {
    workers.execute(logged(task));
  }

  /**
   * Runs a task after a delay, which may be thousands of years: in nanoseconds it would overflow.
   *
   * @return cancels the task if it has not started
   */
  public Runnable schedule(Duration delay, Runnable task) {
    Future<?> future =
        timer.schedule(logged(() -> execute(task)), delay.toMillis(), TimeUnit.MILLISECONDS);
    return () -> future.cancel(false);
  }

  /** Runs a task repeatedly in the timer's thread: it must not block. */
  void scheduleAtFixedRate(Duration period, Runnable task) {
    var _ =
        timer.scheduleAtFixedRate(
            logged(task), period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** A periodic task that throws would not run again, and nobody would learn of it. */
  private static Runnable logged(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        log.error("A task of a live connection failed", e);
      }
    };
  }

  @Override
  public void close() {
    timer.shutdownNow();
    workers.shutdownNow();
  }
}
