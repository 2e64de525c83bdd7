package org.nself.incidents.timeline;

import java.time.Clock;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;

/**
 * A request to correct an event.
 *
 * @param seq the event to correct
 * @param occurredAt null to keep that of the original
 */
record CorrectTimelineEvent(
    UUID incidentId,
    int seq,
    String message,
    @Nullable RawJson data,
    @Nullable Instant occurredAt) {

  static CorrectTimelineEvent read(InputReader input, StrictJson json, Clock clock) {
    return new CorrectTimelineEvent(
        input.requiredUuid("incidentId"),
        input.requiredInteger("seq", 1, Integer.MAX_VALUE),
        input.requiredString("message", AddTimelineEvent.MAX_MESSAGE),
        input.json("data", json),
        AddTimelineEvent.pastInstant(input, "occurredAt", clock));
  }
}
