package org.nself.incidents.runbook.execution;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Json;
import org.nself.incidents.runbook.Step;

/** A step of an execution while it is worked on. Belongs to one thread. */
final class StepState {

  final Step step;
  final int place;

  StepStatus status = StepStatus.PENDING;

  /** How often it was attempted, over all rounds. */
  int attempts;

  /** How many attempts of this round failed. */
  int failures;

  /** How many attempts of this round ended with their process. */
  int interruptions;

  int round = 1;
  @Nullable Json output;
  @Nullable String error;
  @Nullable String note;
  @Nullable String actor;
  @Nullable UUID child;

  /** Read with the row, never written with it. */
  @Nullable ExecutionStatus childStatus;

  @Nullable Instant dueAt;
  @Nullable Instant expiresAt;
  @Nullable Instant startedAt;
  @Nullable Instant finishedAt;

  /** Whether it is other than its row. */
  boolean changed;

  StepState(Step step, int place) {
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
