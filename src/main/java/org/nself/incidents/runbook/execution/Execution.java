package org.nself.incidents.runbook.execution;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Json;

/**
 * A runbook, done once.
 *
 * @param runbookVersion the version that it began with
 * @param incidentId null where it is done for none
 * @param parentExecutionId the execution one of whose steps runs this one; null for none
 * @param inputs what was given at the start, with the defaults
 * @param reason why it was cancelled
 * @param version raised by every change of it or its steps
 */
public record Execution(
    UUID id,
    UUID runbookId,
    int runbookVersion,
    @Nullable UUID incidentId,
    @Nullable UUID parentExecutionId,
    @Nullable String parentStepKey,
    ExecutionStatus status,
    Json inputs,
    String startedBy,
    Instant startedAt,
    Instant updatedAt,
    @Nullable Instant finishedAt,
    @Nullable String cancelledBy,
    @Nullable String reason,
    int version) {}
