package org.nself.incidents.runbook.execution;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.execution.engine.AttemptOutcome;

/**
 * An attempt at a step.
 *
 * @param number from 1
 * @param request the method and the URL, secrets redacted
 * @param excerpt the beginning of the response body, secrets redacted, up to 2,048 characters
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
