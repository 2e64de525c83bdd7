package org.nself.incidents.security;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts wrong tokens by the address that sends them. Over the limit a wrong token is answered with
 * 429 instead of 401, and an address from which no right token has come is blocked: its tokens are
 * not compared with the shared secrets until its window ends. An address from which right tokens
 * come is never blocked, because it may be a proxy's and one client would lock out the others.
 */
final class WrongTokenLimiter {

  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Duration TRUST = Duration.ofHours(1);

  /** Of each map; the least used entries are evicted. An entry takes about 200 bytes. */
  private static final int MAX_ADDRESSES = 10_000;

  private final int maxPerWindow;
  private final Ticker ticker;
  private final Cache<String, Window> windows;
  private final Cache<String, Boolean> trusted;

  private record Window(AtomicInteger failures, long endNanos) {}

  /**
   * @param maxPerWindow how many wrong tokens an address may send in a minute
   */
  WrongTokenLimiter(int maxPerWindow, Ticker ticker) {
    this.maxPerWindow = maxPerWindow;
    this.ticker = ticker;
    this.windows =
        Caffeine.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .expireAfterWrite(WINDOW)
            .ticker(ticker)
            .build();
    this.trusted =
        Caffeine.newBuilder()
            .maximumSize(MAX_ADDRESSES)
            .expireAfterAccess(TRUST)
            .ticker(ticker)
            .build();
  }

  /** Whether tokens of this address must not be compared with the secrets now. */
  boolean isBlocked(String address) {
    @Nullable Window window = windows.getIfPresent(address);
    return window != null
        && window.failures().get() >= maxPerWindow
        && trusted.getIfPresent(address) == null;
  }

  /** Counts a wrong token; whether it is over the limit. */
  boolean recordFailure(String address) {
    Window window =
        windows.get(
            address, _ -> new Window(new AtomicInteger(), ticker.read() + WINDOW.toNanos()));
    // Not further than needed, so that it cannot overflow.
    return window.failures().getAndUpdate(count -> Math.min(count + 1, maxPerWindow))
        >= maxPerWindow;
  }

  void recordSuccess(String address) {
    if (trusted.getIfPresent(address) == null) {
      trusted.put(address, true);
    }
  }

  /** Until the window of the address ends: 1 to 60. */
  int retryAfterSeconds(String address) {
    @Nullable Window window = windows.getIfPresent(address);
    long nanos = window == null ? 0 : window.endNanos() - ticker.read();
    return (int) Math.max(1, Duration.ofNanos(nanos).plusMillis(999).toSeconds());
  }
}
