package org.nself.incidents.runbook.execution.worker;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.StepState;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.web.input.RawJson;

/**
 * A row of np_runbook_steps, as {@link ExecutionStore} reads it.
 *
 * @param output JSON in a text, so that its numbers stay as they are written
 * @param childStatus how the execution that it runs stands
 */
record StepRow(
    String key,
    String status,
    int attempts,
    int failures,
    int interruptions,
    int round,
    @Nullable String output,
    @Nullable String error,
    @Nullable String note,
    @Nullable String actor,
    @Nullable UUID child,
    @Nullable String childStatus,
    @Nullable Instant dueAt,
    @Nullable Instant expiresAt,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt) {

  void fill(StepState step) {
    step.status = StepStatus.of(status);
    step.attempts = attempts;
    step.failures = failures;
    step.interruptions = interruptions;
    step.round = round;
    step.output = output == null ? null : new RawJson(output);
    step.error = error;
    step.note = note;
    step.actor = actor;
    step.child = child;
    step.childStatus = childStatus == null ? null : ExecutionStatus.of(childStatus);
    step.dueAt = dueAt;
    step.expiresAt = expiresAt;
    step.startedAt = startedAt;
    step.finishedAt = finishedAt;
  }
}
