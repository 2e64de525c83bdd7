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
import org.nself.incidents.runbook.execution.engine.AttemptResult;
import org.nself.incidents.runbook.execution.engine.AttemptResultHandler;
import org.nself.incidents.runbook.execution.engine.ExecutionLease;
import org.nself.incidents.runbook.execution.engine.ExecutionPlanner;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.SideEffect;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process at an execution: from the moment it takes it up until nothing is left that could be
 * done now. Belongs to one thread; requests are sent by others, which report to it.
 */
final class ExecutionRunner {

  private static final Logger log = LoggerFactory.getLogger(ExecutionRunner.class);

  /** How often a run that waits for answers looks for what other processes did. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final ExecutionCommands engine;
  private final BooleanSupplier stopping;
  private final BlockingQueue<Runnable> told = new LinkedBlockingQueue<>();
  private final List<AttemptResult> results = new ArrayList<>();
  private final Map<String, String> refused = new HashMap<>();
  private final HttpStepDispatcher requests;
  private ExecutionState state;
  private final Set<UUID> givenUp = new HashSet<>();
  private boolean recovered;

  /** Whether something may have been written of which we have not heard. */
  private boolean commitUnknown;

  /**
   * @param state as it was taken up
   * @param stopping whether the process is to begin nothing more
   */
  ExecutionRunner(ExecutionCommands engine, ExecutionState state, BooleanSupplier stopping) {
    this.engine = engine;
    this.state = state;
    this.stopping = stopping;
    ExecutionLease head = state.head;
    this.requests = new HttpStepDispatcher(engine.http(), told, () -> engine.store().isHeld(head));
  }

  /**
   * How a run ended.
   *
   * @param head as it was last read
   * @param status as it was last written
   * @param next when to go on; null where only people or others can say
   */
  record RunOutcome(ExecutionLease head, ExecutionStatus status, @Nullable Instant next) {}

  /**
   * @throws LeaseLostException where another process took the execution up meanwhile
   */
  RunOutcome run() throws InterruptedException {
    Runnable news = this::reload;
    Runnable tell = () -> told.add(news);
    engine.wakes().register(state.head.id(), tell);
    try {
      while (true) {
        @Nullable RunOutcome left = null;
        try {
          left = runOnce();
        } catch (ApiException problem) {
          if (problem.code() != ErrorCode.UNAVAILABLE) {
            throw problem;
          }
          waitForDatabase(problem);
        }
        if (left != null) {
          return left;
        }
      }
    } finally {
      engine.wakes().unregister(state.head.id(), tell);
      requests.cancelAll();
    }
  }

  /** Null where there is more to be done. */
  private @Nullable RunOutcome runOnce() throws InterruptedException {
    if (commitUnknown) {
      reload();
      commitUnknown = false;
    }
    boolean last = stopping.getAsBoolean();
    @Nullable Instant next = step(last);
    if (state.status.isFinished()) {
      return new RunOutcome(state.head, state.status, null);
    }
    if (requests.inFlight()) {
      awaitEvents(next);
    } else if (last) {
      return new RunOutcome(state.head, state.status, engine.works().now());
    } else if (state.status != ExecutionStatus.RUNNING
        && (next == null || next.isAfter(engine.works().now()))) {
      return new RunOutcome(state.head, state.status, next);
    }
    return null;
  }

  /**
   * What is known is not thrown away because the database is away for a moment, and what is in
   * flight is not given up: that would make steps uncertain that are not. Whether what was to be
   * written was, is seen when it can be read again.
   */
  private void waitForDatabase(ApiException unavailable) throws InterruptedException {
    if (stopping.getAsBoolean() && !requests.inFlight() && results.isEmpty()) {
      throw unavailable;
    }
    log.warn("Execution {} waits for the database: {}", state.head.id(), unavailable.getMessage());
    commitUnknown = true;
    // Nothing tells when it is back; what comes of requests meanwhile stays in the queue.
    Thread.sleep(LOOK);
  }

  /** Waits for what is in flight, or for the time to look again. */
  private void awaitEvents(@Nullable Instant next) throws InterruptedException {
    Duration wait = next == null ? LOOK : Duration.between(engine.works().now(), next);
    long millis = Math.clamp(wait.toMillis(), 1, LOOK.toMillis());
    @Nullable Runnable news = told.poll(millis, TimeUnit.MILLISECONDS);
    if (news == null) {
      reload();
    }
    while (news != null) {
      news.run();
      news = told.poll();
    }
  }

  private void reload() {
    state = engine.store().reload(state.head);
    for (ExecutionState.OpenAttempt open : state.open) {
      // Written without our hearing of it, so never sent.
      if (open.fence() == state.head.fencingToken()
          && !requests.isInFlight(open.step())
          && results.stream().noneMatch(result -> result.step().equals(open.step()))) {
        results.add(new AttemptResult.NotSent(open.step(), open.number()));
      }
    }
  }

  /**
   * Records what is known and begins what can begin.
   *
   * @param last whether nothing more is to begin
   * @return when to look again; null where nothing waits for a time
   */
  private @Nullable Instant step(boolean last) {
    while (true) {
      ExecutionTransition work = engine.works().on(state.copy());
      AttemptResultHandler outcomes = new AttemptResultHandler(work);
      if (!recovered) {
        outcomes.recover();
      }
      results.forEach(outcomes::apply);
      if (!last) {
        if (state.unwanted) {
          var _ =
              ExecutionCommands.cancel(
                  work, state.origin.actor(), "The step that ran it does not wait for it any more");
        }
        new ExecutionPlanner(work, refused).plan();
      }
      long sureSince = System.nanoTime();
      try {
        if (isNothing(work) || engine.save(work)) {
          recovered = true;
          results.clear();
          refused.clear();
          state = work.state;
          state.steps().forEach(step -> step.changed = false);
          send(work, sureSince);
          work.unwanted.forEach(this::cancelChild);
          return work.nextWakeAt();
        }
        // Somebody changed it meanwhile: what is decided is decided anew. Where another process has
        // it now, this ends it.
        reload();
      } catch (ExecutionWriter.EffectRejectedException e) {
        refused.put(e.step, e.getMessage() == null ? "It was refused" : e.getMessage());
      }
    }
  }

  private boolean isNothing(ExecutionTransition work) {
    return work.effects.isEmpty()
        && work.attempts.isEmpty()
        && work.state.status == state.status
        && work.state.ending == state.ending
        && work.state.steps().stream().noneMatch(step -> step.changed);
  }

  private void send(ExecutionTransition work, long sureSince) {
    for (SideEffect effect : work.effects) {
      if (effect instanceof SideEffect.Request request) {
        requests.send(request, sureSince, results::add);
      }
    }
  }

  private void cancelChild(UUID child) {
    if (!givenUp.contains(child) && engine.wake(state.head.account(), child)) {
      givenUp.add(child);
    }
  }
}
