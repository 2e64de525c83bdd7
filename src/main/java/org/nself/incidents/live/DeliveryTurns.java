package org.nself.incidents.live;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.fairness.FairLimiter;

/**
 * Limits how many results of GraphQL subscriptions are computed at once, and shares that out by
 * account: one event can be a result with many nested fields for each of thousands of
 * subscriptions, behind which the events of other accounts would wait.
 *
 * <p>A turn ends before its result is written, because a client may not read.
 */
public final class DeliveryTurns {

  private final FairLimiter limiter;

  /** The account for which this thread has its turn. */
  private final ThreadLocal<@Nullable String> current = new ThreadLocal<>();

  DeliveryTurns(MeterRegistry metrics) {
    int permits = 2 * Runtime.getRuntime().availableProcessors();
    this.limiter =
        new FairLimiter(
            new FairLimiter.Options(permits, "").withReserve(permits).withoutTimeout(),
            "nself_incident_live_queue",
            "computing results of subscriptions",
            Tags.empty(),
            metrics);
  }

  /** Computes and delivers a result when it is the account's turn. */
  void run(String account, Runnable delivery) {
    limiter.acquire(account);
    current.set(account);
    try {
      delivery.run();
    } finally {
      end();
    }
  }

  /** Ends the turn of this thread, if it has one; to be called before it writes. */
  public void end() {
    @Nullable String account = current.get();
    if (account != null) {
      current.remove();
      limiter.release(account);
    }
  }
}
