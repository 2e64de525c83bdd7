package org.nself.incidents.timeline;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of events that one response may still hold, approximately. One request may ask for
 * 40,000 events of up to a hundred kilobytes each and more, which would exhaust the memory.
 */
public final class ResponseSizeBudget {

  static final long MAX_BYTES = 2L * 1024 * 1024;

  private final AtomicLong remaining = new AtomicLong(MAX_BYTES);

  /** The bytes that the next statement may return. */
  long remaining() {
    return Math.max(0, remaining.get());
  }

  /** Whether nothing was read yet: the response then gets one event, however large it is. */
  boolean isUntouched() {
    return remaining.get() == MAX_BYTES;
  }

  void spend(long bytes) {
    remaining.addAndGet(-bytes);
  }
}
