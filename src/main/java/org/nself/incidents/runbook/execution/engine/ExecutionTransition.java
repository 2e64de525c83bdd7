package org.nself.incidents.runbook.execution.engine;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.WorkBudget;
import org.nself.incidents.runbook.definition.OnFailure;

/**
 * The next state of an execution, with everything that has to be written and done to reach it.
 * Changes nothing by itself, so that it can be discarded and computed again when the execution has
 * changed in the meantime.
 */
public final class ExecutionTransition {

  public final ExecutionState state;

  /** The status before this transition. */
  public final ExecutionStatus statusBefore;

  /** Attempts that start or end. */
  public final List<AttemptRow> attempts = new ArrayList<>();

  /** Decisions of people, by the key of their step. */
  public final Map<String, Decision> decisions = new LinkedHashMap<>();

  /** In the order in which they are to happen. */
  public final List<SideEffect> effects = new ArrayList<>();

  /** Child executions whose step no longer waits for them. */
  public final Set<UUID> abandonedChildren = new LinkedHashSet<>();

  final Instant now;
  final TransitionFactory context;

  private @Nullable Map<String, @Nullable Object> incident;
  private boolean incidentIsRead;

  /** One for the whole transition, so that many steps cost no more than one. */
  private final WorkBudget budget = new WorkBudget();

  ExecutionTransition(ExecutionState state, Instant now, TransitionFactory context) {
    this.state = state;
    this.statusBefore = state.status;
    this.now = now;
    this.context = context;
  }

  /** The row of an attempt, as it is written when it starts, and again when it ends. */
  public record AttemptRow(
      String step,
      int number,
      @JsonIgnore AttemptOutcome result,
      @Nullable String request,
      @Nullable Integer httpStatus,
      @Nullable String excerpt,
      @Nullable String error,
      @Nullable Instant startedAt,
      @Nullable Instant finishedAt) {

    @JsonProperty
    public String outcome() {
      return result.value();
    }
  }

  void startAttempt(StepState step, String request) {
    attempts.add(
        new AttemptRow(
            step.step.key(),
            step.attempts,
            AttemptOutcome.RUNNING,
            request,
            null,
            null,
            null,
            now,
            null));
  }

  void closeAttempt(String step, int number, AttemptOutcome outcome, @Nullable String error) {
    closeAttempt(step, number, outcome, null, null, error);
  }

  void closeAttempt(
      String step,
      int number,
      AttemptOutcome outcome,
      @Nullable Integer httpStatus,
      @Nullable String excerpt,
      @Nullable String error) {
    attempts.add(
        new AttemptRow(step, number, outcome, null, httpStatus, excerpt, error, null, now));
  }

  /**
   * What expressions of the execution see now. The incident is read when it is first needed, and
   * stays the same for the rest of the transition.
   */
  EvaluationContext evaluationContext() {
    return new EvaluationContext(
        state.header.account(),
        budget,
        now,
        this::incident,
        () -> context.values.members(state.header.inputs()),
        () -> context.values.steps(state));
  }

  private @Nullable Map<String, @Nullable Object> incident() {
    if (!incidentIsRead) {
      @Nullable UUID id = state.header.incidentId();
      incident = id == null ? null : context.incidents.read(state.header.account(), id);
      incidentIsRead = true;
    }
    return incident;
  }

  /**
   * Cancels the execution.
   *
   * @return false where it was finished, or being cancelled, already
   */
  public boolean cancel(String actor, @Nullable String reason) {
    if (state.status.isFinished() || state.pendingOutcome == PendingOutcome.CANCELLED) {
      return false;
    }
    state.pendingOutcome = PendingOutcome.CANCELLED;
    state.cancelledBy = actor;
    state.reason = reason;
    return true;
  }

  /** Ends a step; the actor is the runbook. */
  void finish(StepState step, StepStatus status, @Nullable String error) {
    finish(step, status, error, Map.of(), state.actor());
  }

  /**
   * Ends a step. Where a step with {@code on_failure: stop} fails, the execution fails too.
   *
   * @param details more members for the timeline event
   */
  void finish(
      StepState step,
      StepStatus status,
      @Nullable String error,
      Map<String, ? extends @Nullable Object> details,
      String actor) {
    step.error = error;
    step.become(status, now);
    if (status.isFailure()
        && step.step.onFailure() == OnFailure.STOP
        && state.pendingOutcome == null) {
      state.pendingOutcome = PendingOutcome.FAILED;
    }
    recordStepEvent(step, details, actor);
  }

  /** Leaves the step to a person, because it is not known whether it had its effect. */
  void markUncertain(StepState step, String error) {
    step.error = error;
    step.become(StepStatus.UNCERTAIN, now);
    recordStepEvent(step, Map.of(), state.actor());
  }

  /** Adds a timeline event with the step's present state. */
  void recordStepEvent(
      StepState step, Map<String, ? extends @Nullable Object> details, String actor) {
    @Nullable UUID incidentId = state.header.incidentId();
    if (incidentId == null) {
      return;
    }
    Map<String, @Nullable Object> data = new LinkedHashMap<>(details);
    if (step.startedAt != null && step.finishedAt != null) {
      data.putIfAbsent("duration_ms", Duration.between(step.startedAt, now).toMillis());
    }
    effects.add(
        new SideEffect.AppendEvent(context.events.step(incidentId, state, step, data, actor)));
  }

  /** When to resume the execution without a signal; null where no step waits for a time. */
  public @Nullable Instant nextWakeAt() {
    if (state.pendingOutcome != null) {
      // Steps that still wait then wait for child executions, which signal their end.
      return null;
    }
    @Nullable Instant first = null;
    for (StepState step : state.steps()) {
      if (step.status == StepStatus.WAITING) {
        first = earlier(first, earlier(step.dueAt, step.expiresAt));
      }
    }
    return first;
  }

  private static @Nullable Instant earlier(@Nullable Instant one, @Nullable Instant other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isBefore(other) ? one : other;
  }
}
