package org.nself.incidents.runbook.execution.worker;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.outbound.CallLimiter;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.execution.engine.AttemptResult;
import org.nself.incidents.runbook.execution.engine.AttemptResultHandler;
import org.nself.incidents.runbook.execution.engine.ExecutionPlanner;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.PendingOutcome;
import org.nself.incidents.runbook.execution.engine.SideEffect;
import org.nself.incidents.runbook.execution.engine.TransitionFactory;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one claimed execution until no step can move. Confined to the worker's thread; requests are
 * sent by other threads, which report to it by a queue.
 */
final class ExecutionRunner {

  private static final Logger log = LoggerFactory.getLogger(ExecutionRunner.class);

  /** How often a runner that waits for responses reads what others have changed. */
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

  private final ExecutionStateStore states;
  private final ExecutionWriter writer;
  private final TransitionFactory transitions;
  private final DatabaseClock clock;
  private final ExecutionWakeups wakeups;
  private final HttpStepDispatcher dispatcher;
  private final BooleanSupplier stopping;
  private final WorkerPermit permit;
  private final FairLimiter large;

  private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
  private final List<AttemptResult> results = new ArrayList<>();
  private final Map<String, String> rejections = new HashMap<>();
  private final Set<UUID> cancelledChildren = new HashSet<>();
  private ExecutionState state;
  private boolean recovered;

  /** Whether a write may have been committed although it failed. */
  private boolean commitUnknown;

  /**
   * @param permit held; given back while this only waits
   * @param large how many executions with large outputs are evaluated at once
   * @param state as it was claimed
   * @param stopping whether no further step may start
   */
  ExecutionRunner(
      ExecutionStateStore states,
      ExecutionWriter writer,
      TransitionFactory transitions,
      DatabaseClock clock,
      ExecutionWakeups wakeups,
      OutboundHttp http,
      CallLimiter calls,
      WorkerPermit permit,
      FairLimiter large,
      ExecutionState state,
      BooleanSupplier stopping) {
    this.states = states;
    this.writer = writer;
    this.transitions = transitions;
    this.clock = clock;
    this.wakeups = wakeups;
    this.state = state;
    this.stopping = stopping;
    this.permit = permit;
    this.large = large;
    ExecutionState.Header header = state.header;
    this.dispatcher =
        new HttpStepDispatcher(
            http, calls, header.account(), events, () -> states.isLeaseHeld(header));
  }

  /**
   * How a run ended.
   *
   * @param state as last read or written
   * @param nextWakeAt when to resume; null where only a signal can resume it
   */
  record RunOutcome(ExecutionState state, @Nullable Instant nextWakeAt) {}

  /**
   * @throws LeaseLostException where another worker has claimed the execution
   */
  RunOutcome run() throws InterruptedException {
    UUID id = state.header.id();
    Runnable reload = this::reload;
    Runnable signal = () -> events.add(reload);
    wakeups.register(id, signal);
    try {
      while (true) {
        @Nullable RunOutcome outcome = null;
        try {
          outcome = runOnce();
        } catch (ApiException e) {
          if (!isTransient(e)) {
            throw e;
          }
          waitForDatabase(e);
        }
        if (outcome != null) {
          return outcome;
        }
      }
    } finally {
      wakeups.unregister(id, signal);
      dispatcher.close();
    }
  }

  /** Whether the error is temporary and says nothing about the execution. */
  static boolean isTransient(ApiException e) {
    return e.code() == ErrorCode.UNAVAILABLE || e.code() == ErrorCode.RATE_LIMITED;
  }

  /** Null where the execution has to be evaluated again. */
  private @Nullable RunOutcome runOnce() throws InterruptedException {
    if (commitUnknown) {
      reload();
      commitUnknown = false;
    }
    boolean last = stopping.getAsBoolean();
    @Nullable Instant next =
        state.hasLargeOutputs()
            ? large.<@Nullable Instant>run(state.header.account(), () -> evaluate(last))
            : evaluate(last);
    if (state.status.isFinished()) {
      return new RunOutcome(state, null);
    }
    if (dispatcher.hasInFlight() || (dispatcher.isWaiting() && !last)) {
      awaitEvents(next);
    } else if (last) {
      return new RunOutcome(state, clock.instant());
    } else if (state.status != ExecutionStatus.RUNNING
        && (next == null || next.isAfter(clock.instant()))) {
      return new RunOutcome(state, next);
    }
    return null;
  }

  /**
   * Keeps results and requests in flight while the database is unavailable: to give them up would
   * make steps uncertain that are not. Whether the last write was committed is seen by reading it
   * again.
   */
  private void waitForDatabase(ApiException unavailable) throws InterruptedException {
    if (stopping.getAsBoolean() && !dispatcher.hasInFlight() && results.isEmpty()) {
      throw unavailable;
    }
    log.warn(
        "Execution {} waits for the database: {}", state.header.id(), unavailable.getMessage());
    commitUnknown = true;
    // Nothing signals that the database is available again; results stay in the queue meanwhile.
    permit.release();
    Thread.sleep(POLL_INTERVAL);
    permit.acquire();
  }

  /** Waits for a result, a signal, or the time to evaluate again, without a permit meanwhile. */
  private void awaitEvents(@Nullable Instant next) throws InterruptedException {
    Instant now = clock.instant();
    Duration wait = POLL_INTERVAL;
    // What is due already waits until it may send its request.
    if (next != null && next.isAfter(now) && Duration.between(now, next).compareTo(wait) < 0) {
      wait = Duration.between(now, next);
    }
    boolean forgotten = state.forgetLargeOutputs();
    permit.release();
    @Nullable Runnable event = events.poll(Math.max(1, wait.toMillis()), TimeUnit.MILLISECONDS);
    while (event == null && (next == null || next.isAfter(clock.instant())) && isUnchanged()) {
      event = events.poll(POLL_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }
    permit.acquire();
    if (event == null || forgotten) {
      reload();
    }
    while (event != null) {
      event.run();
      event = events.poll();
    }
  }

  private boolean isUnchanged() {
    return !stopping.getAsBoolean() && states.isUnchanged(state.header);
  }

  private void reload() {
    state = states.reload(state.header);
    for (ExecutionState.OpenAttempt open : state.openAttempts) {
      // Its commit was not confirmed, so its request was never sent.
      if (open.fencingToken() == state.header.fencingToken()
          && !dispatcher.isInFlight(open.step())
          && results.stream().noneMatch(result -> result.step().equals(open.step()))) {
        results.add(new AttemptResult.NotSent(open.step(), open.number()));
      }
    }
  }

  /**
   * Records the results, plans, writes the transition and sends its requests.
   *
   * @param last whether no further step may start
   * @return when to evaluate again; null where no step waits for a time
   */
  private @Nullable Instant evaluate(boolean last) {
    while (true) {
      ExecutionTransition transition = transitions.create(state.copy(), clock.instant());
      AttemptResultHandler handler = new AttemptResultHandler(transition);
      if (!recovered) {
        handler.recover();
      }
      results.forEach(handler::apply);
      if (!last) {
        if (state.abandoned) {
          var _ = transition.cancel(state.actor(), "The parent execution no longer waits for it");
        }
        dispatcher.beginPlan();
        new ExecutionPlanner(transition, rejections, dispatcher::reserve).plan();
      }
      long confirmedAt = System.nanoTime();
      try {
        if (changesNothing(transition) || writer.save(transition)) {
          recovered = true;
          results.clear();
          rejections.clear();
          state = transition.state;
          state.steps().forEach(step -> step.changed = false);
          sendRequests(transition, confirmedAt);
          dispatcher.endPlan();
          transition.abandonedChildren.forEach(this::cancelChild);
          if (state.pendingOutcome == PendingOutcome.CANCELLED) {
            dispatcher.abort();
          }
          return transition.nextWakeAt();
        }
        // It was changed in the meantime: decide again, on what it is now. Where another worker has
        // claimed it, reading it throws.
        reload();
      } catch (ExecutionWriter.EffectRejectedException e) {
        rejections.putAll(e.reasons);
      }
    }
  }

  private boolean changesNothing(ExecutionTransition transition) {
    return transition.effects.isEmpty()
        && transition.attempts.isEmpty()
        && transition.state.status == state.status
        && transition.state.pendingOutcome == state.pendingOutcome
        && transition.state.steps().stream().noneMatch(step -> step.changed);
  }

  private void sendRequests(ExecutionTransition transition, long confirmedAt) {
    for (SideEffect effect : transition.effects) {
      if (effect instanceof SideEffect.Request request) {
        dispatcher.send(request, confirmedAt, results::add);
      }
    }
  }

  private void cancelChild(UUID child) {
    if (!cancelledChildren.contains(child)
        && wakeups.wakeAbandoned(state.header.account(), child)) {
      cancelledChildren.add(child);
    }
  }
}
