package org.nself.incidents.security;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.nself.incidents.settings.InboundSettings;
import org.nself.incidents.web.error.ApiException;

/**
 * Counts WebSockets and requests without an authenticated caller, in all and by the address of the
 * client.
 */
public final class UnknownCallerLimiter {

  private final int max;
  private final int maxPerAddress;
  private final AtomicInteger total = new AtomicInteger();
  private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();
  private final Counter refused;

  UnknownCallerLimiter(InboundSettings settings, MeterRegistry metrics) {
    this.max = settings.maxUnknownCallers();
    this.maxPerAddress = settings.maxUnknownCallersPerAddress();
    Gauge.builder("nself_incident_unknown_callers", total, AtomicInteger::get)
        .description("WebSockets and requests without an authenticated caller")
        .register(metrics);
    Gauge.builder("nself_incident_unknown_callers_limit", () -> max)
        .description("How many WebSockets and requests may be without an authenticated caller")
        .register(metrics);
    this.refused =
        Counter.builder("nself_incident_unknown_callers_refused")
            .description(
                "WebSockets and requests without an authenticated caller that were refused")
            .register(metrics);
  }

  /** What one of them holds; closing gives it back. Idempotent. */
  public final class Slot implements AutoCloseable {
    private final String address;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Slot(String address) {
      this.address = address;
    }

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        release(address);
      }
    }
  }

  /**
   * Counts one.
   *
   * @throws ApiException {@code unavailable}, if there are too many
   */
  public Slot acquire(String address) {
    byAddress.compute(
        address,
        (_, before) -> {
          int count = before == null ? 0 : before;
          if (count >= maxPerAddress) {
            refused.increment();
            throw ApiException.unavailable(
                "Too many connections of this address have not authenticated; try again");
          }
          return count + 1;
        });
    if (total.incrementAndGet() > max) {
      release(address);
      refused.increment();
      throw ApiException.unavailable(
          "Too many connections have not authenticated; try again in a second");
    }
    return new Slot(address);
  }

  /**
   * Refuses where {@link #acquire} would.
   *
   * @throws ApiException {@code unavailable}
   */
  public void requireRoom(String address) {
    acquire(address).close();
  }

  private void release(String address) {
    byAddress.computeIfPresent(address, (_, before) -> before == 1 ? null : (Integer) (before - 1));
    total.decrementAndGet();
  }
}
