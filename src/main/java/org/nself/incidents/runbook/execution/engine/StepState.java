package org.nself.incidents.runbook.execution.engine;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.web.input.RawJson;

/** The mutable state of a step while a worker processes its execution. Confined to one thread. */
public final class StepState {

  public final Step step;

  public StepStatus status = StepStatus.PENDING;

  /** The number of attempts, over all rounds. */
  public int attempts;

  /** The number of failed attempts in this round. */
  public int failures;

  /** The number of attempts in this round whose worker died. */
  public int interruptions;

  /**
   * Raised when a person has the step repeated, unless its last request is unanswered. All requests
   * of a round have the same Idempotency-Key.
   */
  public int round = 1;

  @Nullable public RawJson output;
  @Nullable public String error;
  @Nullable public String note;
  @Nullable public String actor;
  @Nullable public UUID child;

  /** Read together with the row, never written. */
  @Nullable public ExecutionStatus childStatus;

  @Nullable public Instant dueAt;
  @Nullable public Instant expiresAt;
  @Nullable public Instant startedAt;
  @Nullable public Instant finishedAt;

  /** Whether it differs from its row. */
  public boolean changed;

  public StepState(Step step) {
    this.step = step;
  }

  StepState copy() {
    StepState copy = new StepState(step);
    copy.status = status;
    copy.attempts = attempts;
    copy.failures = failures;
    copy.interruptions = interruptions;
    copy.round = round;
    copy.output = output;
    copy.error = error;
    copy.note = note;
    copy.actor = actor;
    copy.child = child;
    copy.childStatus = childStatus;
    copy.dueAt = dueAt;
    copy.expiresAt = expiresAt;
    copy.startedAt = startedAt;
    copy.finishedAt = finishedAt;
    return copy;
  }

  /** Changes the status and clears the times that belonged to the previous one. */
  void become(StepStatus next, Instant now) {
    status = next;
    dueAt = null;
    expiresAt = null;
    if (startedAt == null && next != StepStatus.PENDING && next != StepStatus.CANCELLED) {
      startedAt = now;
    }
    finishedAt = next.isFinished() ? now : null;
    changed = true;
  }

  /**
   * Makes it pending again and clears its result; the number of attempts is kept.
   *
   * @param newRound whether a step that had started gets a new round, so that earlier decisions and
   *     idempotency keys no longer apply
   */
  void reset(boolean newRound) {
    if (newRound && startedAt != null) {
      round++;
    }
    status = StepStatus.PENDING;
    failures = 0;
    interruptions = 0;
    output = null;
    error = null;
    note = null;
    actor = null;
    child = null;
    childStatus = null;
    dueAt = null;
    expiresAt = null;
    startedAt = null;
    finishedAt = null;
    changed = true;
  }
}
