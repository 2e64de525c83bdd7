package org.nself.incidents.timeline;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/**
 * Limits the verification of timelines, which reads every event: an account verifies one thing at a
 * time, so that the others have connections, and has a number of seconds of it in each minute. What
 * a verification costs is known when it has ended, so it may exceed them; the next waits longer.
 */
final class VerificationLimiter {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private final long perMinute;
  private final LongSupplier nanoTime;
  private final Counter refused;

  @GuardedBy("this")
  private final Map<String, Account> accounts = new HashMap<>();

  private static final class Account {
    boolean running;

    /** Threads that wait or run. */
    int threads;

    /** Nanoseconds of verification that count at {@code since}; they become less with time. */
    long used;

    long since;
  }

  /**
   * @param perMinute the time that an account has in a minute
   */
  VerificationLimiter(Duration perMinute, LongSupplier nanoTime, MeterRegistry metrics) {
    this.perMinute = perMinute.toNanos();
    this.nanoTime = nanoTime;
    this.refused =
        Counter.builder("nself_incident_verification_refused")
            .description("Verifications of timelines that were refused because of earlier ones")
            .register(metrics);
  }

  /**
   * Runs a verification.
   *
   * @throws ApiException {@code rate_limited} if the account has used its time, or if another
   *     verification of the account takes longer than 5 s
   */
  <T> T run(String account, Supplier<T> verification) {
    acquire(account);
    long start = nanoTime.getAsLong();
    try {
      return verification.get();
    } finally {
      release(account, nanoTime.getAsLong() - start);
    }
  }

  private synchronized void acquire(String name) {
    Account account = accounts.computeIfAbsent(name, _ -> new Account());
    account.threads++;
    boolean admitted = false;
    try {
      awaitTurn(account);
      expireUse(account);
      if (account.used >= perMinute) {
        refused.increment();
        long seconds =
            1 + (long) ((double) (account.used - perMinute) * MINUTE / perMinute / SECOND);
        throw ApiException.of(
            ErrorCode.RATE_LIMITED,
            "The account has had timelines verified for %d seconds in the last minute, the maximum; try again in %d seconds"
                .formatted(perMinute / SECOND, seconds));
      }
      account.running = true;
      admitted = true;
    } finally {
      if (!admitted) {
        removeThread(account);
      }
    }
  }

  @GuardedBy("this")
  private void awaitTurn(Account account) {
    long end = System.nanoTime() + MAX_WAIT.toNanos();
    while (account.running) {
      long left = (end - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        refused.increment();
        throw ApiException.of(
            ErrorCode.RATE_LIMITED,
            "Another verification of the account is running; try again when it has ended");
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw ApiException.unavailable("The request was interrupted");
      }
    }
  }

  /** What was used becomes less with time. */
  private void expireUse(Account account) {
    long now = nanoTime.getAsLong();
    double forgotten = (double) (now - account.since) * perMinute / MINUTE;
    account.used = Math.max(0, account.used - (long) forgotten);
    account.since = now;
  }

  private synchronized void release(String name, long nanos) {
    Account account = accounts.get(name);
    if (account == null) {
      throw new IllegalStateException("The verification has not begun");
    }
    account.running = false;
    expireUse(account);
    account.used += nanos;
    removeThread(account);
    notifyAll();
  }

  @GuardedBy("this")
  private void removeThread(Account account) {
    account.threads--;
    // An account without recent use needs no entry.
    accounts
        .entrySet()
        .removeIf(
            entry -> {
              Account other = entry.getValue();
              if (other.threads > 0) {
                return false;
              }
              expireUse(other);
              return other.used == 0;
            });
  }
}
