package org.nself.incidents.runbook.execution.engine;

import java.util.Map;

/**
 * Decides what comes next in an execution: which steps begin, are skipped, are given up, and
 * whether it has come to its end.
 */
public final class ExecutionPlanner {

  private final ExecutionTransition work;
  private final ExecutionState state;
  private final StepStarter beginning;

  /**
   * @param refused why steps whose effect was tried and refused cannot be done, by key
   */
  public ExecutionPlanner(ExecutionTransition work, Map<String, String> refused) {
    this.work = work;
    this.state = work.state;
    this.beginning = new StepStarter(work, refused);
  }

  /** Goes as far as can be gone now. */
  public void plan() {
    boolean moved = true;
    while (moved && !beginning.changesIncident()) {
      moved = false;
      for (StepState step : state.steps()) {
        moved |= evaluateStep(step);
        if (beginning.changesIncident()) {
          // What comes after it must see the incident as it is then.
          break;
        }
      }
    }
    updateStatus();
  }

  private boolean evaluateStep(StepState step) {
    if (state.ending != null) {
      return cancelStep(step);
    }
    return switch (step.status) {
      case PENDING -> {
        if (step.step.dependsOn().stream().allMatch(state::isDone)) {
          beginning.start(step);
          yield true;
        }
        yield false;
      }
      case WAITING -> beginning.recheck(step);
      default -> false;
    };
  }

  private boolean cancelStep(StepState step) {
    switch (step.status) {
      case PENDING -> step.become(StepStatus.CANCELLED, work.now);
      case WAITING -> {
        if (step.child != null && step.childStatus != null && !step.childStatus.isFinished()) {
          work.unwanted.add(step.child);
          return false;
        }
        step.become(StepStatus.CANCELLED, work.now);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void updateStatus() {
    boolean running = state.any(StepStatus.RUNNING) || beginning.changesIncident();
    boolean waiting = state.any(StepStatus.WAITING);
    boolean uncertain = state.any(StepStatus.UNCERTAIN);
    boolean pending = state.any(StepStatus.PENDING);
    if (running) {
      state.status = ExecutionStatus.RUNNING;
    } else if (waiting || (uncertain && state.ending == null)) {
      state.status = ExecutionStatus.WAITING;
    } else if (pending) {
      // They come after a step that failed and was left at that while another was done again.
      state.ending = PendingOutcome.FAILED;
      state.steps().forEach(this::cancelStep);
      finish(ExecutionStatus.FAILED);
    } else if (state.ending != null) {
      finish(state.ending.status());
    } else {
      finish(state.hasFailed() ? ExecutionStatus.FAILED : ExecutionStatus.SUCCEEDED);
    }
  }

  private void finish(ExecutionStatus status) {
    state.status = status;
    if (state.head.incidentId() != null) {
      work.effects.add(
          new SideEffect.AppendEvent(
              work.tools
                  .evidence()
                  .finished(state.head.incidentId(), state, state.origin.actor())));
    }
  }
}
