package org.nself.incidents.live;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Who does the work: a virtual thread for each piece of it, which may block, and one thread that
 * keeps the time and never does.
 */
public final class LiveExecutors implements Executor, AutoCloseable {

  private final ExecutorService workers =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("live-", 0).factory());
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("live-timer").daemon().factory());

  LiveExecutors() {
    // Else a connection that is long closed would be held until its token expires.
    timer.setRemoveOnCancelPolicy(true);
  }

  @Override
  public void execute(Runnable work) {
    workers.execute(work);
  }

  /**
   * Does it after a while, be it thousands of years: as nanoseconds, those would not fit a long.
   *
   * @return prevents it, where it has not begun
   */
  public Runnable schedule(Duration delay, Runnable work) {
    Future<?> future =
        timer.schedule(() -> workers.execute(work), delay.toMillis(), TimeUnit.MILLISECONDS);
    return () -> future.cancel(false);
  }

  /** Does it again and again, in the thread that keeps the time: it must be quick. */
  void scheduleAtFixedRate(Duration period, Runnable quick) {
    var _ =
        timer.scheduleAtFixedRate(quick, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    workers.shutdownNow();
  }
}
