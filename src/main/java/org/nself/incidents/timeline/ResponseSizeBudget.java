package org.nself.incidents.timeline;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of events that one response may still hold, approximately. One request may ask for
 * 40,000 events of up to a hundred kilobytes each and more, which would exhaust the memory. Pages
 * end early when the budget is spent; but each page has its first event, or a client could not get
 * past an empty page, so there is a reserve for first events.
 */
public final class ResponseSizeBudget {

  static final long MAX_BYTES = 2L * 1024 * 1024;

  /** For the first events of pages, once {@link #MAX_BYTES} are spent. */
  static final long MAX_RESERVE_BYTES = 14L * 1024 * 1024;

  private final AtomicLong spent = new AtomicLong();

  /** The bytes that the next statement may return. */
  long remaining() {
    return Math.max(0, MAX_BYTES - spent.get());
  }

  /** The bytes that the first events of the next statement's pages may have beyond that. */
  long reserve() {
    return Math.max(0, MAX_RESERVE_BYTES - Math.max(0, spent.get() - MAX_BYTES));
  }

  /** Whether nothing was read yet: the response then gets one event, however large it is. */
  boolean isUntouched() {
    return spent.get() == 0;
  }

  void spend(long bytes) {
    spent.addAndGet(bytes);
  }
}
