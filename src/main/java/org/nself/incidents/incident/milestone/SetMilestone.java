package org.nself.incidents.incident.milestone;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.InputReader;

/**
 * Command to set or correct a milestone.
 *
 * @param reason shown in the timeline
 */
public record SetMilestone(
    IncidentRef incident, MilestoneKind kind, Instant occurredAt, String reason) {

  /** How far a client's clock may be ahead. */
  private static final Duration SKEW = Duration.ofMinutes(5);

  /** Parses a SetMilestoneInput. */
  static SetMilestone read(InputReader input, Clock clock) {
    if (!input.has("kind")) {
      input.reject("kind", "is required");
    }
    @Nullable MilestoneKind kind = input.enumValue("kind", MilestoneKind::parse, MilestoneKind.ALL);
    return read(
        input,
        new IncidentRef.ById(input.requiredUuid("incidentId")),
        Objects.requireNonNullElse(kind, MilestoneKind.STARTED),
        clock);
  }

  /** Parses a REST body; the path says which milestone of which incident. */
  static SetMilestone read(
      InputReader input, IncidentRef incident, MilestoneKind kind, Clock clock) {
    if (!input.has("occurredAt")) {
      input.reject("occurredAt", "is required");
    }
    @Nullable Instant occurredAt = input.instant("occurredAt");
    if (occurredAt != null && occurredAt.isAfter(clock.instant().plus(SKEW))) {
      input.reject("occurredAt", "must not be in the future");
    }
    return new SetMilestone(
        incident,
        kind,
        Objects.requireNonNullElse(occurredAt, Instant.EPOCH),
        input.requiredString("reason", ChangeIncident.MAX_REASON));
  }
}
