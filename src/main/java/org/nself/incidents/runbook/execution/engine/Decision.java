package org.nself.incidents.runbook.execution.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a person decided at an approval step.
 *
 * @param role in which they decided
 * @param round counts how often the step was begun; a decision counts for its round only
 */
public record Decision(
    ApprovalDecision verdict,
    String actor,
    String role,
    @Nullable String reason,
    int round,
    Instant decidedAt) {}
