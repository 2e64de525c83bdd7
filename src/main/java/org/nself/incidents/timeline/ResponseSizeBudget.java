package org.nself.incidents.timeline;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of events one answer may still hold, about. One request may ask for 40,000 events
 * of which each may have a hundred kilobytes and more; without this bound a single one would take
 * all memory.
 */
public final class ResponseSizeBudget {

  static final long MAX_BYTES = 2L * 1024 * 1024;

  private final AtomicLong remaining = new AtomicLong(MAX_BYTES);

  /** What the next statement may give. */
  long remaining() {
    return Math.max(0, remaining.get());
  }

  /** Whether nothing was read yet: then there is at least one event, however large it is. */
  boolean isUntouched() {
    return remaining.get() == MAX_BYTES;
  }

  void spend(long bytes) {
    remaining.addAndGet(-bytes);
  }
}
