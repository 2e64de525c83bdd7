package org.nself.incidents.incident.milestone;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A milestone that stands.
 *
 * @param recordedAt by the clock of the database
 * @param actor who did it, or who corrected it
 * @param reason why it was corrected; null where it never was
 */
public record Milestone(
    MilestoneKind kind,
    Instant occurredAt,
    Instant recordedAt,
    String actor,
    MilestoneSource source,
    @Nullable String reason) {}
