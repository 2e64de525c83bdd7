package org.nself.incidents.runbook.execution.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A decision at an approval step.
 *
 * @param role the role in which the person decided
 * @param round counts how often a person had the step repeated; a decision counts in its own round
 *     only
 */
public record Decision(
    ApprovalDecision verdict,
    String actor,
    String role,
    @Nullable String reason,
    int round,
    Instant decidedAt) {}
