package org.nself.incidents.timeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of recomputing the hash chain of a timeline.
 *
 * @param intact whether nothing was found
 * @param events the number of events read
 * @param firstBrokenSeq the lowest seq of the findings; null if there are none
 * @param headHash the hash at its end, in hex; null if there is no event
 * @param findings the first 20, in the order of seq
 */
public record TimelineVerification(
    boolean intact,
    int events,
    @Nullable Integer firstBrokenSeq,
    @Nullable String headHash,
    List<Finding> findings) {

  /** Something that is wrong, and at which event. */
  public record Finding(int seq, ProblemKind problem) {}

  /** What can be wrong. */
  public enum ProblemKind {
    /** The event, or its place in the chain, is not as recorded. */
    CHANGED,
    /** There is no event where one must be. */
    MISSING,
    /** Its text was removed, and no event says by whom. */
    REDACTED_WITHOUT_EVENT,
    /** Its position in the feed of the account is not after that of the event before. */
    OUT_OF_ORDER,
    /** It follows the anchor, but claims to have been recorded more than 5 minutes before it. */
    BACKDATED,
    /** The event is another than the one that the anchor states. */
    DIFFERS_FROM_ANCHOR
  }
}
