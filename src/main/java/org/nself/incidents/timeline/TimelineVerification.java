package org.nself.incidents.timeline;

import org.jspecify.annotations.Nullable;

/**
 * The result of recomputing the hash chain of a timeline.
 *
 * @param events the number of events read
 * @param firstBrokenSeq the first that was changed, removed or inserted; null if the chain is
 *     intact
 * @param headHash the hash at its end, in hex; null if there is no event
 */
public record TimelineVerification(
    boolean intact, int events, @Nullable Integer firstBrokenSeq, @Nullable String headHash) {}
