package org.nself.incidents.runbook.execution.worker;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.nself.incidents.outbound.OutboundFailure;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.execution.engine.AttemptResult;
import org.nself.incidents.runbook.execution.engine.SideEffect;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The requests that a run has in flight, each on a thread of its own. */
final class HttpStepDispatcher {

  private static final Logger log = LoggerFactory.getLogger(HttpStepDispatcher.class);

  /**
   * How long after it made sure that it has the execution a process may still send; later it has to
   * make sure again. Less than the time after which another takes it up, so that one that was
   * stopped in between sends nothing.
   */
  static final Duration LEASE_VALIDITY = Duration.ofSeconds(4);

  private final OutboundHttp http;
  private final BooleanSupplier held;
  private final BlockingQueue<Runnable> told;
  private final Map<String, Thread> threads = new ConcurrentHashMap<>();

  /**
   * @param told where the thread that has the execution learns of what happened
   * @param held asks the database whether this process still has the execution
   */
  HttpStepDispatcher(OutboundHttp http, BlockingQueue<Runnable> told, BooleanSupplier held) {
    this.http = http;
    this.held = held;
    this.told = told;
  }

  /** Called by the thread that has the execution, with what came of a request. */
  @FunctionalInterface
  interface Receiver {
    void receive(AttemptResult result);
  }

  /**
   * Sends a request whose attempt is committed.
   *
   * @param sureSince {@link System#nanoTime()} from before that commit: that clock goes on while
   *     the process is stopped
   */
  void send(SideEffect.Request request, long sureSince, Receiver receiver) {
    Thread thread =
        Thread.ofVirtual()
            .name("runbook-step-" + request.step())
            .unstarted(() -> told.add(delivery(result(request, sureSince), receiver)));
    threads.put(request.step(), thread);
    thread.start();
  }

  private Runnable delivery(AttemptResult result, Receiver receiver) {
    return () -> {
      threads.remove(result.step());
      receiver.receive(result);
    };
  }

  private AttemptResult result(SideEffect.Request request, long sureSince) {
    try {
      return new AttemptResult.Responded(
          request.step(),
          request.number(),
          http.send(request.call(), () -> leaseStillValid(sureSince)));
    } catch (OutboundFailure e) {
      if (e.kind() == OutboundFailure.Kind.ABORTED) {
        return new AttemptResult.NotSent(request.step(), request.number());
      }
      return new AttemptResult.Failed(
          request.step(), request.number(), e.kind(), String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      // Whatever it was, it may have come after the request was out.
      log.error("A request of step {} failed", request.step(), e);
      return new AttemptResult.Failed(
          request.step(),
          request.number(),
          OutboundFailure.Kind.CONNECTION_LOST,
          "The request could not be carried out");
    }
  }

  /** Asked last before the first byte: looking up a name and connecting may have taken long. */
  private boolean leaseStillValid(long since) {
    if (isRecent(since)) {
      return true;
    }
    try {
      long now = System.nanoTime();
      return held.getAsBoolean() && isRecent(now);
    } catch (ApiException unavailable) {
      log.debug("Nothing is sent while the database is away: {}", unavailable.getMessage());
      return false;
    }
  }

  private static boolean isRecent(long since) {
    return System.nanoTime() - since <= LEASE_VALIDITY.toNanos();
  }

  /** Whether what became of a step's request is not known yet. */
  boolean isInFlight(String step) {
    return threads.containsKey(step);
  }

  boolean inFlight() {
    return !threads.isEmpty();
  }

  /** Gives up what is in flight. Whether it was done, nobody knows then. */
  void cancelAll() {
    threads.values().forEach(Thread::interrupt);
  }
}
