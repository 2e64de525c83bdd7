package org.nself.incidents.live;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/** Counts what each account has of something, up to a maximum. */
final class QuotaCounter {

  private final String what;
  private final int max;
  private final Map<String, Integer> counts = new ConcurrentHashMap<>();
  private final AtomicInteger total = new AtomicInteger();

  /**
   * @param what named in error messages, in the plural
   */
  QuotaCounter(String what, int max) {
    this.what = what;
    this.max = max;
  }

  /**
   * @throws ApiException {@code rate_limited}, if the account has the maximum
   */
  void acquire(String account) {
    counts.merge(
        account,
        1,
        (before, one) -> {
          if (before >= max) {
            throw ApiException.of(
                ErrorCode.RATE_LIMITED,
                "The account has %,d %s on this instance, the maximum; close some"
                    .formatted(max, what));
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
