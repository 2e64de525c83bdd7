package org.nself.incidents.runbook.execution.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.runbook.definition.OnFailure;

/**
 * An execution as it is to become, and what has to be written and done for that. Touches nothing
 * itself, so that it can be thrown away and made anew when the execution has changed meanwhile.
 */
public final class ExecutionTransition {

  public final ExecutionState state;
  final Instant now;
  final Tools tools;
  public final List<AttemptRow> attempts = new ArrayList<>();

  /** In the order in which they are to happen. */
  public final List<SideEffect> effects = new ArrayList<>();

  /** Executions that steps run and that are not wanted any more. */
  public final List<UUID> unwanted = new ArrayList<>();

  private final Supplier<@Nullable Map<String, @Nullable Object>> incident;
  private @Nullable Map<String, @Nullable Object> incidentRead;
  private boolean incidentIsRead;

  /**
   * @param state not to be used by anybody else from now on
   * @param incident reads the incident as REST writes it; null where there is none
   */
  ExecutionTransition(
      ExecutionState state,
      Instant now,
      Tools tools,
      Supplier<@Nullable Map<String, @Nullable Object>> incident) {
    this.state = state;
    this.now = now;
    this.tools = tools;
    this.incident = incident;
  }

  /**
   * What expressions of the execution see now; the incident as it was when it was first asked for.
   */
  EvaluationContext scope() {
    return new EvaluationContext(
        this::incident,
        () -> tools.values().members(state.head.inputs()),
        () -> tools.values().steps(state));
  }

  private @Nullable Map<String, @Nullable Object> incident() {
    if (!incidentIsRead) {
      incidentRead = incident.get();
      incidentIsRead = true;
    }
    return incidentRead;
  }

  /** Ends a step by itself; where it failed and that is to be so, the execution ends too. */
  void finish(StepState step, StepStatus status, @Nullable String error) {
    finish(step, status, error, Map.of(), state.origin.actor());
  }

  /**
   * @param more what is known of it for the timeline
   * @param actor who ended it
   */
  void finish(
      StepState step,
      StepStatus status,
      @Nullable String error,
      Map<String, ? extends @Nullable Object> more,
      String actor) {
    step.error = error;
    step.become(status, now);
    if (status.isFailure() && step.step.onFailure() == OnFailure.STOP && state.ending == null) {
      state.ending = PendingOutcome.FAILED;
    }
    recordStepEvent(step, more, actor);
  }

  /** Has a person decide, because nobody knows whether it was done. */
  void markUncertain(StepState step, String why) {
    step.error = why;
    step.become(StepStatus.UNCERTAIN, now);
    recordStepEvent(step, Map.of(), state.origin.actor());
  }

  /** Says in the timeline how a step stands now. */
  void recordStepEvent(StepState step, Map<String, ? extends @Nullable Object> more, String actor) {
    @Nullable UUID of = state.head.incidentId();
    if (of == null) {
      return;
    }
    Map<String, @Nullable Object> known = new LinkedHashMap<>(more);
    if (step.startedAt != null && step.finishedAt != null) {
      known.putIfAbsent("duration_ms", Duration.between(step.startedAt, now).toMillis());
    }
    effects.add(new SideEffect.AppendEvent(tools.evidence().step(of, state, step, known, actor)));
  }

  /** When the execution is to be looked at again by itself; null where nothing waits for a time. */
  @Nullable
  public Instant nextWakeAt() {
    if (state.ending != null) {
      // What still waits then waits for executions that it runs, and those tell when they end.
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
