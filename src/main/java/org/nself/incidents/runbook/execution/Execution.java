package org.nself.incidents.runbook.execution;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
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
 * @param version raised by each change of it or its steps
 */
@JsonClassDescription("One run of a runbook, without its steps.")
public record Execution(
    @JsonPropertyDescription("Its id, a UUIDv7.") UUID id,
    @JsonPropertyDescription("The runbook.") UUID runbookId,
    @JsonPropertyDescription("The version of the runbook it was started with.") int runbookVersion,
    @JsonPropertyDescription("The incident it was started for; null for none.")
        @Nullable UUID incidentId,
    @JsonPropertyDescription("The execution one of whose steps runs this one.")
        @Nullable UUID parentExecutionId,
    @JsonPropertyDescription("The key of that step.") @Nullable String parentStepKey,
    @JsonPropertyDescription("Its status.") ExecutionStatus status,
    @JsonPropertyDescription("The inputs, with the defaults: an object.") RawJson inputs,
    @JsonPropertyDescription("Who started it, or its topmost parent; `runbook:KEY` for a trigger.")
        String startedBy,
    @JsonPropertyDescription("When it was started.") Instant startedAt,
    @JsonPropertyDescription("When it or one of its steps last changed.") Instant updatedAt,
    @JsonPropertyDescription("When it finished.") @Nullable Instant finishedAt,
    @JsonPropertyDescription("Who cancelled it.") @Nullable String cancelledBy,
    @JsonPropertyDescription("Why it was cancelled.") @Nullable String reason,
    @JsonPropertyDescription("Raised by each change of it or its steps.") int version) {}
