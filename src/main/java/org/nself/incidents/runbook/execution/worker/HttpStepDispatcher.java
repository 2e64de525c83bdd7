package org.nself.incidents.runbook.execution.worker;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.nself.incidents.outbound.CallLimiter;
import org.nself.incidents.outbound.OutboundFailure;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.execution.engine.AttemptResult;
import org.nself.incidents.runbook.execution.engine.SideEffect;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the HTTP requests of one execution, each on a thread of its own and with a permit, which is
 * reserved before the attempt is written: an attempt that waits for its permit would be uncertain
 * after a crash, although nothing was sent.
 *
 * <p>Except for the threads of the requests, confined to the worker's thread.
 */
final class HttpStepDispatcher {

  private static final Logger log = LoggerFactory.getLogger(HttpStepDispatcher.class);

  /**
   * How long after the lease was confirmed a request may still be sent without confirming it again.
   * Shorter than the time after which another worker claims the execution, so that a process that
   * was paused in between sends nothing.
   */
  static final Duration LEASE_VALIDITY = Duration.ofSeconds(4);

  private final OutboundHttp http;
  private final CallLimiter calls;
  private final String account;
  private final BooleanSupplier leaseHeld;
  private final BlockingQueue<Runnable> events;
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();
  private final Runnable onGranted = this::granted;
  private volatile boolean aborted;

  /** Permits that no request has taken yet. */
  private int reserved;

  /** Those of them that the present plan uses. */
  private int planned;

  /** Whether the present plan wanted more permits than there were. */
  private boolean wanted;

  /** Whether it waits for a permit. */
  private boolean waiting;

  /**
   * @param events run by the worker's thread
   * @param leaseHeld asks the database whether this worker still holds the lease
   */
  HttpStepDispatcher(
      OutboundHttp http,
      CallLimiter calls,
      String account,
      BlockingQueue<Runnable> events,
      BooleanSupplier leaseHeld) {
    this.http = http;
    this.calls = calls;
    this.account = account;
    this.leaseHeld = leaseHeld;
    this.events = events;
  }

  /** Begins a plan; what an earlier one reserved can be used. */
  void beginPlan() {
    planned = 0;
    wanted = false;
  }

  /** Reserves a permit for a request of the present plan; false where it has to wait. */
  boolean reserve() {
    if (planned == reserved) {
      if (waiting || !calls.tryAcquire(account)) {
        wanted = true;
        return false;
      }
      reserved++;
    }
    planned++;
    return true;
  }

  /** Ends a plan whose requests were sent: releases unused permits, or waits for missing ones. */
  void endPlan() {
    releaseReserved();
    if (wanted && !waiting) {
      waiting = true;
      calls.acquireLater(account, onGranted);
    }
  }

  /** Called by the limiter, in any thread. */
  private void granted() {
    events.add(
        () -> {
          waiting = false;
          reserved++;
        });
  }

  private void releaseReserved() {
    for (; reserved > 0; reserved--) {
      calls.release(account);
    }
    planned = 0;
  }

  /** Whether steps wait for a permit. */
  boolean isWaiting() {
    return waiting;
  }

  /**
   * Sends a request whose attempt is committed, with a permit of the present plan.
   *
   * @param confirmedAt {@link System#nanoTime()} before that commit; it advances while the process
   *     is paused
   * @param receiver called by the worker's thread
   */
  void send(SideEffect.Request request, long confirmedAt, Consumer<AttemptResult> receiver) {
    reserved--;
    planned--;
    Thread thread =
        Thread.ofVirtual()
            .name("runbook-http-step-" + request.step())
            .unstarted(
                () -> {
                  AttemptResult result;
                  try {
                    result = sendNow(request, confirmedAt);
                  } finally {
                    calls.release(account);
                  }
                  events.add(
                      () -> {
                        threads.remove(request.step());
                        receiver.accept(result);
                      });
                });
    threads.put(request.step(), thread);
    thread.start();
  }

  private AttemptResult sendNow(SideEffect.Request request, long confirmedAt) {
    try {
      return new AttemptResult.Responded(
          request.step(),
          request.number(),
          http.send(request.request(), () -> leaseStillValid(confirmedAt)));
    } catch (OutboundFailure e) {
      if (e.kind() == OutboundFailure.Kind.ABORTED) {
        return new AttemptResult.NotSent(request.step(), request.number());
      }
      return new AttemptResult.Failed(
          request.step(),
          request.number(),
          e.kind(),
          aborted && Thread.currentThread().isInterrupted()
              ? "The request was aborted because the execution was cancelled"
              : String.valueOf(e.getMessage()));
    } catch (Throwable e) {
      // It may have happened after the request was sent.
      log.error("The request of step {} failed unexpectedly", request.step(), e);
      return new AttemptResult.Failed(
          request.step(),
          request.number(),
          OutboundFailure.Kind.CONNECTION_LOST,
          "Internal error while sending the request");
    }
  }

  /** Asked right before the first byte: name lookup and connecting may have taken long. */
  private boolean leaseStillValid(long confirmedAt) {
    if (isRecent(confirmedAt)) {
      return true;
    }
    try {
      long now = System.nanoTime();
      return leaseHeld.getAsBoolean() && isRecent(now);
    } catch (RuntimeException e) {
      log.debug("Could not confirm the lease; nothing is sent: {}", e.toString());
      return false;
    }
  }

  private static boolean isRecent(long confirmedAt) {
    return System.nanoTime() - confirmedAt <= LEASE_VALIDITY.toNanos();
  }

  /** Whether the step has a request whose result the worker has not received. */
  boolean isInFlight(String step) {
    return threads.containsKey(step);
  }

  boolean hasInFlight() {
    return !threads.isEmpty();
  }

  /** Aborts the requests in flight because the execution is being cancelled. */
  void abort() {
    aborted = true;
    interruptAll();
  }

  private void interruptAll() {
    threads.values().forEach(Thread::interrupt);
  }

  /** Releases the permits and interrupts the requests in flight; their outcome is unknown. */
  void close() {
    interruptAll();
    if (waiting && !calls.cancel(account, onGranted)) {
      // Granted, but its event was not run.
      calls.release(account);
    }
    waiting = false;
    releaseReserved();
  }
}
