package org.nself.incidents.runbook.execution;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.StepKind;
import org.nself.incidents.runbook.execution.engine.Decision;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.web.input.RawJson;

/**
 * A step of an execution, as clients see it.
 *
 * @param output its result, for the expressions of later steps
 * @param error why it failed or is uncertain
 * @param note the comment of the person who completed, skipped or retried it
 * @param actor the person who completed, skipped or last retried it
 * @param childExecutionId the execution that a step of kind {@code runbook} runs
 * @param dueAt when a waiting step is evaluated again
 * @param expiresAt when a waiting step times out
 * @param attempts oldest first
 * @param decisions oldest first, those of earlier rounds too
 */
public record StepView(
    String key,
    String title,
    StepKind kind,
    StepStatus status,
    @Nullable RawJson output,
    @Nullable String error,
    @Nullable String note,
    @Nullable String actor,
    @Nullable UUID childExecutionId,
    @Nullable Instant dueAt,
    @Nullable Instant expiresAt,
    @Nullable Instant startedAt,
    @Nullable Instant finishedAt,
    List<StepAttempt> attempts,
    List<Decision> decisions) {

  StepView with(List<StepAttempt> attempts, List<Decision> decisions) {
    return new StepView(
        key,
        title,
        kind,
        status,
        output,
        error,
        note,
        actor,
        childExecutionId,
        dueAt,
        expiresAt,
        startedAt,
        finishedAt,
        attempts,
        decisions);
  }
}
