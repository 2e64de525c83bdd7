package org.nself.incidents.live;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;

/** How many of something each account has, and may have at most. */
final class Allowance {

  private final String what;
  private final int max;
  private final Map<String, Integer> taken = new ConcurrentHashMap<>();
  private final AtomicInteger total = new AtomicInteger();

  Allowance(String what, int max) {
    this.what = what;
    this.max = max;
  }

  /**
   * @throws Problem {@code rate_limited}, where the account has all that it may
   */
  void take(String account) {
    taken.merge(
        account,
        1,
        (before, one) -> {
          if (before >= max) {
            throw Problem.of(
                ProblemCode.RATE_LIMITED,
                "The account has %,d %s here, as many as it may; close some".formatted(max, what));
          }
          return before + one;
        });
    total.incrementAndGet();
  }

  void giveBack(String account) {
    taken.computeIfPresent(account, (_, before) -> before == 1 ? null : before - 1);
    total.decrementAndGet();
  }

  int total() {
    return total.get();
  }
}
