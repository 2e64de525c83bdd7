package org.nself.incidents.runbook.execution;

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
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process at an execution: from the moment it takes it up until nothing is left that could be
 * done now. Belongs to one thread; requests are sent by others, which report to it.
 */
final class Run {

  private static final Logger log = LoggerFactory.getLogger(Run.class);

  /** How often a run that waits for answers looks for what other processes did. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Engine engine;
  private final BooleanSupplier stopping;
  private final BlockingQueue<Runnable> told = new LinkedBlockingQueue<>();
  private final List<Result> results = new ArrayList<>();
  private final Map<String, String> refused = new HashMap<>();
  private final Requests requests;
  private State state;
  private final Set<UUID> givenUp = new HashSet<>();
  private boolean recovered;

  /** Whether something may have been written of which we have not heard. */
  private boolean unsure;

  /**
   * @param state as it was taken up
   * @param stopping whether the process is to begin nothing more
   */
  Run(Engine engine, State state, BooleanSupplier stopping) {
    this.engine = engine;
    this.state = state;
    this.stopping = stopping;
    Head head = state.head;
    this.requests = new Requests(engine.http(), told, () -> engine.store().isHeld(head));
  }

  /**
   * How a run ended.
   *
   * @param head as it was last read
   * @param status as it was last written
   * @param next when to go on; null where only people or others can say
   */
  record Left(Head head, ExecutionStatus status, @Nullable Instant next) {}

  /**
   * @throws Superseded where another process took the execution up meanwhile
   */
  Left go() throws InterruptedException {
    Runnable news = this::reread;
    Runnable tell = () -> told.add(news);
    engine.wakes().enter(state.head.id(), tell);
    try {
      while (true) {
        @Nullable Left left = null;
        try {
          left = goOn();
        } catch (Problem problem) {
          if (problem.code() != ProblemCode.UNAVAILABLE) {
            throw problem;
          }
          waitForDatabase(problem);
        }
        if (left != null) {
          return left;
        }
      }
    } finally {
      engine.wakes().leave(state.head.id(), tell);
      requests.abandon();
    }
  }

  /** Null where there is more to be done. */
  private @Nullable Left goOn() throws InterruptedException {
    if (unsure) {
      reread();
      unsure = false;
    }
    boolean last = stopping.getAsBoolean();
    @Nullable Instant next = step(last);
    if (state.status.isFinished()) {
      return new Left(state.head, state.status, null);
    }
    if (requests.inFlight()) {
      listen(next);
    } else if (last) {
      return new Left(state.head, state.status, engine.works().now());
    } else if (state.status != ExecutionStatus.RUNNING
        && (next == null || next.isAfter(engine.works().now()))) {
      return new Left(state.head, state.status, next);
    }
    return null;
  }

  /**
   * What is known is not thrown away because the database is away for a moment, and what is in
   * flight is not given up: that would make steps uncertain that are not. Whether what was to be
   * written was, is seen when it can be read again.
   */
  private void waitForDatabase(Problem unavailable) throws InterruptedException {
    if (stopping.getAsBoolean() && !requests.inFlight() && results.isEmpty()) {
      throw unavailable;
    }
    log.warn("Execution {} waits for the database: {}", state.head.id(), unavailable.getMessage());
    unsure = true;
    // Nothing tells when it is back; what comes of requests meanwhile stays in the queue.
    Thread.sleep(LOOK);
  }

  /** Waits for what is in flight, or for the time to look again. */
  private void listen(@Nullable Instant next) throws InterruptedException {
    Duration wait = next == null ? LOOK : Duration.between(engine.works().now(), next);
    long millis = Math.clamp(wait.toMillis(), 1, LOOK.toMillis());
    @Nullable Runnable news = told.poll(millis, TimeUnit.MILLISECONDS);
    if (news == null) {
      reread();
    }
    while (news != null) {
      news.run();
      news = told.poll();
    }
  }

  private void reread() {
    state = engine.store().reload(state.head);
    for (State.OpenAttempt open : state.open) {
      // Written without our hearing of it, so never sent.
      if (open.fence() == state.head.fence()
          && !requests.has(open.step())
          && results.stream().noneMatch(result -> result.step().equals(open.step()))) {
        results.add(new Result.Withheld(open.step(), open.number()));
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
      Work work = engine.works().on(state.copy());
      Outcomes outcomes = new Outcomes(work);
      if (!recovered) {
        outcomes.recover();
      }
      results.forEach(outcomes::apply);
      if (!last) {
        if (state.unwanted) {
          var _ =
              Engine.cancel(
                  work, state.origin.actor(), "The step that ran it does not wait for it any more");
        }
        new Advance(work, refused).go();
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
          work.unwanted.forEach(this::giveUp);
          return work.wake();
        }
        // Somebody changed it meanwhile: what is decided is decided anew. Where another process has
        // it now, this ends it.
        reread();
      } catch (Saving.Refused e) {
        refused.put(e.step, e.getMessage() == null ? "It was refused" : e.getMessage());
      }
    }
  }

  private boolean isNothing(Work work) {
    return work.effects.isEmpty()
        && work.attempts.isEmpty()
        && work.state.status == state.status
        && work.state.ending == state.ending
        && work.state.steps().stream().noneMatch(step -> step.changed);
  }

  private void send(Work work, long sureSince) {
    for (Effect effect : work.effects) {
      if (effect instanceof Effect.Request request) {
        requests.send(request, sureSince, results::add);
      }
    }
  }

  private void giveUp(UUID child) {
    if (!givenUp.contains(child) && engine.wake(state.head.account(), child)) {
      givenUp.add(child);
    }
  }
}
