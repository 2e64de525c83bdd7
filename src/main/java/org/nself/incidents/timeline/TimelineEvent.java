package org.nself.incidents.timeline;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.RawJson;

/**
 * An event of an incident.
 *
 * @param seq its position in the timeline: 1, 2, 3 … without a gap
 * @param kind a system kind of {@link EventKind} or a kind of a client's own
 * @param message null if it has none, or if it is redacted
 * @param data null if it has none, or if it is redacted
 * @param supersedes the seq of the event that it corrects or redacts
 * @param hash 64 hex digits, over this event and the hash of the one before
 */
public record TimelineEvent(
    UUID id,
    UUID incidentId,
    int seq,
    String kind,
    @Nullable String message,
    @Nullable RawJson data,
    String actor,
    Instant occurredAt,
    Instant recordedAt,
    @Nullable Integer supersedes,
    boolean redacted,
    String hash) {}
