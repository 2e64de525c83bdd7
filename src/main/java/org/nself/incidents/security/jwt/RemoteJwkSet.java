package org.nself.incidents.security.jwt;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
 * A cache of the keys published at a {@code jwk_url}.
 *
 * <ul>
 *   <li>Keys are fresh for the {@link HttpCacheLifetime} of their response. Stale ones are used
 *       while others are fetched in the background, and through an outage of any length. Only if
 *       they have been stale for more than {@link #GRACE} without a refresh, requests wait for one:
 *       a key withdrawn during a night without requests must not be accepted in the morning.
 *   <li>A token that none of the keys signed causes an early refresh. One fetch runs at a time, and
 *       the next starts {@link #MIN_REFRESH_INTERVAL} after its end at the earliest.
 *   <li>Until the first fetch succeeds, requests are answered {@code unavailable}. The service
 *       starts without keys: the issuer may start later.
 * </ul>
 *
 * <p>Nimbus's {@code JWKSourceBuilder} differs: all responses have one lifetime; requests wait
 * again and again for an issuer that hangs; its rate limit allows two fetches an interval; and keys
 * outlive their lifetime if the clock is set back.
 */
final class RemoteJwkSet {

  private static final Logger log = LoggerFactory.getLogger(RemoteJwkSet.class);

  static final Duration MIN_REFRESH_INTERVAL = Duration.ofSeconds(10);
  static final Duration MIN_RETRY_INTERVAL = Duration.ofSeconds(1);
  static final Duration GRACE = Duration.ofMinutes(1);

  private final JwkSetClient client;
  private final Clock clock;
  private final Lock lock = new ReentrantLock();

  private volatile @Nullable CachedKeys cached;
  private volatile Instant lastFetch = Instant.MIN;

  @GuardedBy("lock")
  private @Nullable CompletableFuture<Void> pendingFetch;

  private record CachedKeys(List<JwtKey> keys, Instant fetched, Instant expiry) {
    /** Not before it was fetched either: setting the clock back must not prolong its life. */
    boolean isFresh(Instant now) {
      return !now.isBefore(fetched) && now.isBefore(expiry);
    }
  }

  RemoteJwkSet(JwkSetClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Starts a fetch without waiting for it. */
  void prefetch() {
    var _ = startFetch();
  }

  /**
   * The cached keys.
   *
   * @throws ApiException {@code unavailable}, if none have been fetched yet
   */
  List<JwtKey> currentKeys() {
    @Nullable CachedKeys current = cached;
    if (current == null) {
      return refresh();
    }
    Instant now = clock.instant();
    if (current.isFresh(now)) {
      return current.keys;
    }
    boolean isNeglected = isNeglected(current, now);
    @Nullable CompletableFuture<Void> fetch = startFetch();
    return keysAfter(isNeglected ? fetch : null);
  }

  /**
   * The cached keys, without waiting for any fetch: none where {@link #currentKeys} would wait. A
   * fetch is started if one is due.
   */
  List<JwtKey> keysWithoutWaiting() {
    @Nullable CachedKeys current = cached;
    if (current != null && current.isFresh(clock.instant())) {
      return current.keys;
    }
    var _ = startFetch();
    return current == null || isNeglected(current, clock.instant()) ? List.of() : current.keys;
  }

  private boolean isNeglected(CachedKeys keys, Instant now) {
    Instant limit = keys.expiry.plus(GRACE);
    return now.isAfter(limit) && lastFetch.isBefore(limit);
  }

  /**
   * The keys after another fetch, or the cached ones if the last fetch has only just ended.
   *
   * @throws ApiException {@code unavailable}, if none have been fetched yet
   */
  List<JwtKey> refresh() {
    return keysAfter(startFetch());
  }

  /**
   * @param fetch what to wait for; null for nothing
   */
  private List<JwtKey> keysAfter(@Nullable CompletableFuture<Void> fetch) {
    if (fetch != null) {
      fetch.join();
    }
    @Nullable CachedKeys current = cached;
    if (current == null) {
      throw ApiException.unavailable(
          "The keys that verify tokens could not be fetched yet; retry later");
    }
    return current.keys;
  }

  /** The fetch that is running, or a new one; null if the last has only just ended. */
  private @Nullable CompletableFuture<Void> startFetch() {
    lock.lock();
    try {
      if (pendingFetch == null && !isRateLimited(clock.instant())) {
        CompletableFuture<Void> fetch = new CompletableFuture<>();
        pendingFetch = fetch;
        Thread.ofVirtual().name("jwk-set-fetch").start(() -> fetch(fetch));
      }
      return pendingFetch;
    } finally {
      lock.unlock();
    }
  }

  private boolean isRateLimited(Instant now) {
    Instant end = lastFetch.plus(cached == null ? MIN_RETRY_INTERVAL : MIN_REFRESH_INTERVAL);
    return !now.isBefore(lastFetch) && now.isBefore(end);
  }

  private void fetch(CompletableFuture<Void> fetch) {
    try {
      JwkSetClient.Response response = client.fetch();
      Instant now = clock.instant();
      cached =
          new CachedKeys(
              response.keys(), now, now.plus(HttpCacheLifetime.of(response.headers(), now)));
      if (response.keys().isEmpty()) {
        log.warn("The JWK Set at {} has no usable key; all JWTs are refused", client);
      }
    } catch (IOException e) {
      log.warn("Could not fetch the JWK Set at {}: {}", client, e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      log.error("Could not process the JWK Set at {}", client, e);
    } finally {
      complete(fetch);
    }
  }

  private void complete(CompletableFuture<Void> fetch) {
    lock.lock();
    try {
      lastFetch = clock.instant();
      pendingFetch = null;
    } finally {
      lock.unlock();
    }
    fetch.complete(null);
  }
}
