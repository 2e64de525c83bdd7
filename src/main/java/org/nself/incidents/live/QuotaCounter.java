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
    acquire(account, 1);
  }

  /**
   * @throws ApiException {@code rate_limited}, if the account would have more than the maximum
   */
  void acquire(String account, int amount) {
    counts.compute(
        account,
        (_, before) -> {
          int sum = amount + (before == null ? 0 : before);
          if (sum > max) {
            throw ApiException.of(
                ErrorCode.RATE_LIMITED,
                "The account has %,d %s on this instance, the maximum; close some"
                    .formatted(max, what));
          }
          return sum;
        });
    total.addAndGet(amount);
  }

  void release(String account) {
    release(account, 1);
  }

  void release(String account, int amount) {
    counts.computeIfPresent(account, (_, before) -> before == amount ? null : before - amount);
    total.addAndGet(-amount);
  }

  int total() {
    return total.get();
  }
}
