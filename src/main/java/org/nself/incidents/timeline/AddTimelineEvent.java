package org.nself.incidents.timeline;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;

/**
 * A request to append an event.
 *
 * @param kind well-formed and not reserved
 * @param occurredAt not in the future; null for now
 */
public record AddTimelineEvent(
    UUID incidentId,
    String kind,
    @Nullable String message,
    @Nullable RawJson data,
    @Nullable Instant occurredAt) {

  public static final int MAX_MESSAGE = 20_000;

  /** Allowed for differences between clocks. */
  private static final Duration SKEW = Duration.ofMinutes(5);

  /** The same for another incident, for callers that find its id after reading the rest. */
  public AddTimelineEvent forIncident(UUID incident) {
    return new AddTimelineEvent(incident, kind, message, data, occurredAt);
  }

  public static AddTimelineEvent read(
      InputReader input, UUID incidentId, StrictJson json, Clock clock) {
    @Nullable String kind = input.string("kind", 64);
    if (kind == null) {
      kind = EventKind.NOTE.value();
    }
    if (!EventKind.isWellFormed(kind)) {
      input.reject("kind", "must be a lower-case letter and then up to 63 of a-z, 0-9 and '_.-'");
    } else if (EventKind.isReserved(kind)) {
      input.reject("kind", "is reserved for the system; use note or a kind of your own");
    }
    @Nullable String message = input.string("message", MAX_MESSAGE);
    @Nullable RawJson data = input.json("data", json);
    if (kind.equals(EventKind.NOTE.value()) && !input.has("message")) {
      input.reject("message", "is required for a note");
    }
    return new AddTimelineEvent(
        incidentId, kind, message, data, pastInstant(input, "occurredAt", clock));
  }

  static @Nullable Instant pastInstant(InputReader input, String field, Clock clock) {
    @Nullable Instant instant = input.instant(field);
    if (instant != null && instant.isAfter(clock.instant().plus(SKEW))) {
      input.reject(field, "must not be in the future");
    }
    return instant;
  }
}
