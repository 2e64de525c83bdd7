package org.nself.incidents.timeline.anchor;

import java.time.Instant;
import java.util.UUID;

/**
 * The state of a timeline at a time.
 *
 * @param seq of its last event
 * @param hash of its last event, in hex
 * @param time by the clock of the database
 */
public record TimelineAnchor(UUID incidentId, int seq, String hash, Instant time) {}
