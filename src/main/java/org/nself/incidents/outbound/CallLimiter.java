package org.nself.incidents.outbound;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.nself.incidents.fairness.FairQueue;

/**
 * Limits the requests that a process has in flight, each of which can take minutes. An account has
 * at most as many as are still free: half of all while no other account has any. So the servers of
 * one account that do not respond leave requests for the others.
 */
public final class CallLimiter {

  @GuardedBy("this")
  private final FairQueue<Runnable> queue;

  @GuardedBy("this")
  private int held;

  /**
   * @param permits how many requests may be in flight
   */
  public CallLimiter(int permits, MeterRegistry metrics) {
    this.queue = new FairQueue<>(permits, 0, FairQueue.Share.AS_MANY_AS_FREE, this::granted);
    Gauge.builder("nself_incident_execution_calls", this, CallLimiter::held)
        .description("HTTP requests of steps in flight")
        .register(metrics);
    Gauge.builder("nself_incident_execution_calls_waiting", this, CallLimiter::waiting)
        .description("Executions that wait until their account may send more requests")
        .register(metrics);
  }

  private synchronized void granted(Runnable waiter) {
    held++;
    waiter.run();
  }

  private synchronized int held() {
    return held;
  }

  private synchronized int waiting() {
    return queue.size();
  }

  /** Acquires a permit for a request, if the account may have one more now. */
  public synchronized boolean tryAcquire(String account) {
    if (!queue.tryAcquire(account)) {
      return false;
    }
    held++;
    return true;
  }

  /**
   * Waits for a permit without a thread.
   *
   * @param onGranted called once it is acquired, perhaps before this returns; must be quick
   */
  public synchronized void acquireLater(String account, Runnable onGranted) {
    if (queue.tryAcquire(account)) {
      granted(onGranted);
    } else {
      queue.enqueue(account, onGranted);
    }
  }

  /** Ends the waiting; false where the permit has been granted. */
  public synchronized boolean cancel(String account, Runnable onGranted) {
    return queue.remove(account, onGranted);
  }

  public synchronized void release(String account) {
    held--;
    queue.release(account);
  }
}
