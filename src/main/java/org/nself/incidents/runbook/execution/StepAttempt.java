package org.nself.incidents.runbook.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.execution.engine.AttemptOutcome;

/**
 * An attempt at a step.
 *
 * @param number counts from 1
 * @param request what was sent, its method and address, without secrets
 * @param excerpt the beginning of the answer, without secrets, up to 2,048 characters
 */
public record StepAttempt(
    int number,
    AttemptOutcome outcome,
    @Nullable String request,
    @Nullable Integer httpStatus,
    @Nullable String excerpt,
    @Nullable String error,
    Instant startedAt,
    @Nullable Instant finishedAt) {}
