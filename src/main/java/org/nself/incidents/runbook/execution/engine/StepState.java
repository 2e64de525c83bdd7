package org.nself.incidents.runbook.execution.engine;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.web.input.RawJson;

/** A step of an execution while it is worked on. Belongs to one thread. */
public final class StepState {

  public final Step step;
  final int place;

  public StepStatus status = StepStatus.PENDING;

  /** How often it was attempted, over all rounds. */
  public int attempts;

  /** How many attempts of this round failed. */
  public int failures;

  /** How many attempts of this round ended with their process. */
  public int interruptions;

  public int round = 1;
  @Nullable public RawJson output;
  @Nullable public String error;
  @Nullable public String note;
  @Nullable public String actor;
  @Nullable public UUID child;

  /** Read with the row, never written with it. */
  @Nullable public ExecutionStatus childStatus;

  @Nullable public Instant dueAt;
  @Nullable public Instant expiresAt;
  @Nullable public Instant startedAt;
  @Nullable public Instant finishedAt;

  /** Whether it is other than its row. */
  public boolean changed;

  public StepState(Step step, int place) {
    this.step = step;
    this.place = place;
  }

  StepState copy() {
    StepState copy = new StepState(step, place);
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

  /** Moves it; times that belonged to the status before are forgotten. */
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

  /** Makes it as if it had not begun; what came of it before is forgotten, attempts are counted. */
  void reset() {
    status = StepStatus.PENDING;
    failures = 0;
    interruptions = 0;
    round++;
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
