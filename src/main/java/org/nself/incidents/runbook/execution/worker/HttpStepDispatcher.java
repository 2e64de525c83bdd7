package org.nself.incidents.runbook.execution.worker;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.nself.incidents.outbound.OutboundFailure;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.execution.engine.AttemptResult;
import org.nself.incidents.runbook.execution.engine.SideEffect;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the HTTP requests of one execution, each on a thread of its own. */
final class HttpStepDispatcher {

  private static final Logger log = LoggerFactory.getLogger(HttpStepDispatcher.class);

  /**
   * How long after the lease was confirmed a request may still be sent without confirming it again.
   * Shorter than the time after which another worker claims the execution, so that a process that
   * was paused in between sends nothing.
   */
  static final Duration LEASE_VALIDITY = Duration.ofSeconds(4);

  private final OutboundHttp http;
  private final BooleanSupplier leaseHeld;
  private final BlockingQueue<Runnable> events;
  private volatile boolean aborted;
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();

  /**
   * @param events run by the worker's thread
   * @param leaseHeld asks the database whether this worker still holds the lease
   */
  HttpStepDispatcher(OutboundHttp http, BlockingQueue<Runnable> events, BooleanSupplier leaseHeld) {
    this.http = http;
    this.leaseHeld = leaseHeld;
    this.events = events;
  }

  /**
   * Sends a request whose attempt is committed.
   *
   * @param confirmedAt {@link System#nanoTime()} before that commit; it goes on while the process
   *     is paused
   * @param receiver called by the worker's thread
   */
  void send(SideEffect.Request request, long confirmedAt, Consumer<AttemptResult> receiver) {
    Thread thread =
        Thread.ofVirtual()
            .name("runbook-http-step-" + request.step())
            .unstarted(
                () -> {
                  AttemptResult result = sendNow(request, confirmedAt);
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
    cancelAll();
  }

  /** Interrupts the requests in flight; their outcome is unknown. */
  void cancelAll() {
    threads.values().forEach(Thread::interrupt);
  }
}
