package org.nself.incidents.runbook.execution.engine;

import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Decides the next transitions of an execution: which steps start, are skipped, time out or are
 * cancelled, and whether the execution has ended.
 */
public final class ExecutionPlanner {

  private final ExecutionTransition transition;
  private final ExecutionState state;
  private final StepStarter starter;

  /**
   * @param rejections why effects of steps were rejected when they were tried, by the step's key
   * @param mayCall reserves one more request; where it says no, the step stays as it is for now
   */
  public ExecutionPlanner(
      ExecutionTransition transition, Map<String, String> rejections, BooleanSupplier mayCall) {
    this.transition = transition;
    this.state = transition.state;
    this.starter = new StepStarter(transition, rejections, mayCall);
  }

  /** Evaluates the steps until no step can move any more. */
  public void plan() {
    boolean moved = true;
    while (moved && !starter.changesIncident()) {
      moved = false;
      for (StepState step : state.steps()) {
        moved |= evaluateStep(step);
        if (starter.changesIncident()) {
          // The steps after it must see the incident with the change.
          break;
        }
      }
    }
    updateStatus();
  }

  private boolean evaluateStep(StepState step) {
    if (state.pendingOutcome != null) {
      return cancelStep(step);
    }
    return switch (step.status) {
      case PENDING -> {
        if (step.step.dependsOn().stream().allMatch(state::isDone)) {
          yield starter.start(step);
        }
        yield false;
      }
      case WAITING -> starter.recheck(step);
      default -> false;
    };
  }

  private boolean cancelStep(StepState step) {
    switch (step.status) {
      case PENDING -> step.become(StepStatus.CANCELLED, transition.now);
      case WAITING -> {
        if (step.child != null && step.childStatus != null && !step.childStatus.isFinished()) {
          transition.abandonedChildren.add(step.child);
          return false;
        }
        step.become(StepStatus.CANCELLED, transition.now);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void updateStatus() {
    boolean running =
        state.any(StepStatus.RUNNING) || starter.changesIncident() || starter.awaitsCalls();
    boolean waiting = state.any(StepStatus.WAITING);
    boolean uncertain = state.any(StepStatus.UNCERTAIN);
    boolean pending = state.any(StepStatus.PENDING);
    if (running) {
      state.status = ExecutionStatus.RUNNING;
    } else if (waiting || (uncertain && state.pendingOutcome == null)) {
      state.status = ExecutionStatus.WAITING;
    } else if (pending) {
      // They depend on a failed step that was not retried while another step was.
      state.pendingOutcome = PendingOutcome.FAILED;
      state.steps().forEach(this::cancelStep);
      finish(ExecutionStatus.FAILED);
    } else if (state.pendingOutcome != null) {
      finish(state.pendingOutcome.status());
    } else {
      finish(state.hasFailed() ? ExecutionStatus.FAILED : ExecutionStatus.SUCCEEDED);
    }
  }

  private void finish(ExecutionStatus status) {
    state.status = status;
    if (state.header.incidentId() != null) {
      transition.effects.add(
          new SideEffect.AppendEvent(
              transition.context.events.finished(state.header.incidentId(), state, state.actor())));
    }
  }
}
