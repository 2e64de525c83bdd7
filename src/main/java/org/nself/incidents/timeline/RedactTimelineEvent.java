package org.nself.incidents.timeline;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;

/** A request to remove the text of an event. */
record RedactTimelineEvent(UUID incidentId, int seq, @Nullable String reason) {

  private static final int MAX_REASON = 2_000;

  static RedactTimelineEvent read(InputReader input) {
    return new RedactTimelineEvent(
        input.requiredUuid("incidentId"),
        input.requiredInteger("seq", 1, Integer.MAX_VALUE),
        input.string("reason", MAX_REASON));
  }
}
