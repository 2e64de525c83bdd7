package org.nself.incidents.security.jwt;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys published at a {@code jwk_url}, kept as long as {@link HttpCacheLifetime} allows and
 * fetched anew when a token asks for it.
 *
 * <ul>
 *   <li>Keys that ran out serve on while others are fetched, and through an outage, however long:
 *       the tokens that they signed are no worse for it. Only where they ran out more than {@link
 *       #GRACE} ago and nobody has looked since, the fetch is waited for: keys withdrawn in a quiet
 *       night must not open the door in the morning.
 *   <li>A token that none of the keys made has them fetched early. However many such tokens come,
 *       one fetch is under way at a time and the next begins {@link #MIN_REFRESH_INTERVAL} after it
 *       at the soonest.
 *   <li>While none have been had yet, requests are answered {@code unavailable}. The service starts
 *       without them: what else it does needs no key, and the issuer may be the later to start.
 * </ul>
 */
final class RemoteJwkSet implements JwtKeySource {

  private static final Logger log = LoggerFactory.getLogger(RemoteJwkSet.class);

  static final Duration MIN_REFRESH_INTERVAL = Duration.ofSeconds(10);
  static final Duration PAUSE_WITHOUT_KEYS = Duration.ofSeconds(1);
  static final Duration GRACE = Duration.ofMinutes(1);

  private final JwkSetClient source;
  private final Clock clock;
  private final Lock lock = new ReentrantLock();
  private volatile @Nullable Known currentKeys;
  private volatile Instant lastLook = Instant.MIN;
  private @Nullable CompletableFuture<Void> underWay;

  private record Known(List<JwtKey> keys, Instant since, Instant until) {
    /** Not before it came either: a clock that was set back must not make keys eternal. */
    boolean isFresh(Instant now) {
      return !now.isBefore(since) && now.isBefore(until);
    }
  }

  RemoteJwkSet(JwkSetClient source, Clock clock) {
    this.source = source;
    this.clock = clock;
  }

  /** Begins to fetch, without waiting. */
  void prepare() {
    var _ = begin();
  }

  @Override
  public List<JwtKey> currentKeys() {
    @Nullable Known current = currentKeys;
    if (current == null) {
      return refresh();
    }
    Instant now = clock.instant();
    if (current.isFresh(now)) {
      return current.keys;
    }
    Instant neglected = current.until.plus(GRACE);
    boolean unattended = now.isAfter(neglected) && lastLook.isBefore(neglected);
    @Nullable CompletableFuture<Void> fetch = begin();
    return after(unattended ? fetch : null);
  }

  @Override
  public List<JwtKey> refresh() {
    return after(begin());
  }

  /**
   * @param fetch what to wait for; null for nothing
   */
  private List<JwtKey> after(@Nullable CompletableFuture<Void> fetch) {
    if (fetch != null) {
      fetch.join();
    }
    @Nullable Known current = currentKeys;
    if (current == null) {
      throw ApiException.unavailable(
          "The keys that tokens are checked with cannot be had at the moment");
    }
    return current.keys;
  }

  /** The fetch under way, or a new one; null where the last has ended only just now. */
  private @Nullable CompletableFuture<Void> begin() {
    lock.lock();
    try {
      if (underWay == null && !pausing(clock.instant())) {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        underWay = begun;
        Thread.ofVirtual().name("jwk-fetch").start(() -> run(begun));
      }
      return underWay;
    } finally {
      lock.unlock();
    }
  }

  private boolean pausing(Instant now) {
    Instant end = lastLook.plus(currentKeys == null ? PAUSE_WITHOUT_KEYS : MIN_REFRESH_INTERVAL);
    return !now.isBefore(lastLook) && now.isBefore(end);
  }

  private void run(CompletableFuture<Void> fetch) {
    try {
      JwkSetClient.Fetched fetched = source.fetch();
      Instant now = clock.instant();
      currentKeys =
          new Known(fetched.keys(), now, now.plus(HttpCacheLifetime.of(fetched.headers(), now)));
      if (fetched.keys().isEmpty()) {
        log.warn("There is no key at {} that can be used", source);
      }
    } catch (IOException e) {
      log.warn("The keys at {} could not be fetched: {}", source, e.getMessage());
    } catch (RuntimeException e) {
      log.error("The keys at {} could not be read", source, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended(fetch);
    }
  }

  private void ended(CompletableFuture<Void> fetch) {
    lock.lock();
    try {
      lastLook = clock.instant();
      underWay = null;
    } finally {
      lock.unlock();
    }
    fetch.complete(null);
  }
}
