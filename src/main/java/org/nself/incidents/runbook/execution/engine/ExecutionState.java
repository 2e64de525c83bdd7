package org.nself.incidents.runbook.execution.engine;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.OnFailure;

/** An execution and its steps while they are worked on. Belongs to one thread. */
public final class ExecutionState {

  /**
   * An attempt that was begun and whose end is not recorded.
   *
   * @param fence of the process that began it
   */
  public record OpenAttempt(String step, int number, long fence) {}

  public final ExecutionLease head;
  public final RunbookVersionRef origin;
  public ExecutionStatus status;
  @Nullable public PendingOutcome ending;
  @Nullable public String cancelledBy;
  @Nullable public String reason;

  /** Whether the step that ran it has given it up. */
  public final boolean unwanted;

  public final List<OpenAttempt> open;
  private final Map<String, StepState> steps = new LinkedHashMap<>();

  /**
   * @param steps in the order of the definition
   */
  public ExecutionState(
      ExecutionLease head,
      RunbookVersionRef origin,
      ExecutionStatus status,
      @Nullable PendingOutcome ending,
      boolean unwanted,
      List<OpenAttempt> open,
      List<StepState> steps) {
    this.head = head;
    this.origin = origin;
    this.status = status;
    this.ending = ending;
    this.unwanted = unwanted;
    this.open = open;
    steps.forEach(step -> this.steps.put(step.step.key(), step));
  }

  public ExecutionState copy() {
    ExecutionState copy =
        new ExecutionState(
            head,
            origin,
            status,
            ending,
            unwanted,
            open,
            steps().stream().map(StepState::copy).toList());
    copy.cancelledBy = cancelledBy;
    copy.reason = reason;
    return copy;
  }

  public Collection<StepState> steps() {
    return steps.values();
  }

  @Nullable StepState step(String key) {
    return steps.get(key);
  }

  boolean any(StepStatus status) {
    return steps().stream().anyMatch(step -> step.status == status);
  }

  /** Whether the steps after it may begin. */
  boolean isDone(String key) {
    @Nullable StepState step = steps.get(key);
    return step == null
        || step.status == StepStatus.SUCCEEDED
        || step.status == StepStatus.SKIPPED
        || (step.status.isFailure() && step.step.onFailure() == OnFailure.CONTINUE);
  }

  /** Whether a step failed in spite of which nothing may go on. */
  boolean hasFailed() {
    return steps().stream()
        .anyMatch(step -> step.status.isFailure() && step.step.onFailure() == OnFailure.STOP);
  }

  /** Whether a waiting step looks at the incident. */
  public boolean awaitsIncident() {
    return steps().stream()
        .anyMatch(
            step ->
                step.status == StepStatus.WAITING
                    && step.step.waiting() != null
                    && step.step.waiting().until() != null);
  }
}
