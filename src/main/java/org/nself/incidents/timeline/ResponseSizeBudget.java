package org.nself.incidents.timeline;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes of events one answer may still hold, about. One request may ask for 40,000 events
 * of which each may have a hundred kilobytes and more; without this bound a single one would take
 * all memory.
 */
public final class ResponseSizeBudget {

  static final long MOST = 2L * 1024 * 1024;

  private final AtomicLong left = new AtomicLong(MOST);

  /** What the next statement may give. */
  long left() {
    return Math.max(0, left.get());
  }

  /** Whether nothing was read yet: then there is at least one event, however large it is. */
  boolean untouched() {
    return left.get() == MOST;
  }

  void take(long bytes) {
    left.addAndGet(-bytes);
  }
}
