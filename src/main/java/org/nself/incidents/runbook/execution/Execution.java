package org.nself.incidents.runbook.execution;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.web.input.RawJson;

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
@JsonClassDescription("A runbook, done once, without its steps.")
public record Execution(
    @JsonPropertyDescription("Its id, a UUIDv7.") UUID id,
    @JsonPropertyDescription("The runbook.") UUID runbookId,
    @JsonPropertyDescription("The version of the runbook that it began with.") int runbookVersion,
    @JsonPropertyDescription("The incident that it is done for; null for none.")
        @Nullable UUID incidentId,
    @JsonPropertyDescription("The execution one of whose steps runs this one.")
        @Nullable UUID parentExecutionId,
    @JsonPropertyDescription("That step.") @Nullable String parentStepKey,
    @JsonPropertyDescription("How far it is.") ExecutionStatus status,
    @JsonPropertyDescription("What was given at the start, with the defaults: an object.")
        RawJson inputs,
    @JsonPropertyDescription(
            "Who started it, or the execution above it; `runbook:KEY` where a condition did.")
        String startedBy,
    @JsonPropertyDescription("When it was started.") Instant startedAt,
    @JsonPropertyDescription("When it or one of its steps last changed.") Instant updatedAt,
    @JsonPropertyDescription("When it came to its end.") @Nullable Instant finishedAt,
    @JsonPropertyDescription("Who cancelled it.") @Nullable String cancelledBy,
    @JsonPropertyDescription("Why it was cancelled.") @Nullable String reason,
    @JsonPropertyDescription("Raised by every change of it or its steps.") int version) {}
