package org.nself.incidents.runbook.execution;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.web.input.RawJson;

/**
 * One run of a runbook.
 *
 * @param runbookVersion the version it was started with
 * @param incidentId null for none
 * @param parentExecutionId the execution one of whose steps runs this one; null for none
 * @param inputs as given at the start, with the defaults
 * @param reason why it was cancelled
 * @param stuckSince when it was set aside, so that it does not continue by itself; null where it
 *     was not
 * @param stuckReason why it was set aside
 * @param version raised by each change of it or its steps
 */
public record Execution(
    UUID id,
    UUID runbookId,
    int runbookVersion,
    @Nullable UUID incidentId,
    @Nullable UUID parentExecutionId,
    @Nullable String parentStepKey,
    ExecutionStatus status,
    RawJson inputs,
    String startedBy,
    Instant startedAt,
    Instant updatedAt,
    @Nullable Instant finishedAt,
    @Nullable String cancelledBy,
    @Nullable String reason,
    @Nullable Instant stuckSince,
    @Nullable String stuckReason,
    int version) {}
