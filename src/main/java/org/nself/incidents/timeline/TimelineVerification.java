package org.nself.incidents.timeline;

import org.jspecify.annotations.Nullable;

/**
 * What came of recomputing the hash chain of a timeline.
 *
 * @param events how many were read
 * @param firstBrokenSeq the first that was changed, removed or slipped in; null where the chain is
 *     intact
 * @param headHash the hash at its end, in hex; null where there is no event
 */
public record TimelineVerification(
    boolean intact, int events, @Nullable Integer firstBrokenSeq, @Nullable String headHash) {}
