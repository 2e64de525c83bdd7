package org.nself.incidents.live;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/** How many of something each account has, and may have at most. */
final class QuotaCounter {

  private final String what;
  private final int max;
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();
  private final AtomicInteger total = new AtomicInteger();

  QuotaCounter(String what, int max) {
    this.what = what;
    this.max = max;
  }

  /**
   * @throws ApiException {@code rate_limited}, where the account has all that it may
   */
  void acquire(String account) {
    counts.merge(
        account,
        1,
        (before, one) -> {
          if (before >= max) {
            throw ApiException.of(
                ErrorCode.RATE_LIMITED,
                "The account has %,d %s here, as many as it may; close some".formatted(max, what));
          }
          return before + one;
        });
    total.incrementAndGet();
  }

  void release(String account) {
    counts.computeIfPresent(account, (_, before) -> before == 1 ? null : before - 1);
    total.decrementAndGet();
  }

  int total() {
    return total.get();
  }
}
