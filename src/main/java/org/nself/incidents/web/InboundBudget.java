package org.nself.incidents.web;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;

/**
 * The bytes that requests and messages of clients may take while they are read and handled, in all
 * and by account. What an account takes never leaves less than three quarters to the others.
 */
public final class InboundBudget {

  /** The request attribute with the {@link Share} of the request; absent without a caller. */
  public static final String SHARE_ATTRIBUTE = "nself.inbound";

  /** What a request takes beside its body: Tomcat's buffers for its head and its response. */
  public static final int REQUEST_BYTES = 64 * 1024;

  /** An account may take this part of the budget. */
  private static final int ACCOUNT_PART = 4;

  private final long limit;
  private final AtomicLong used = new AtomicLong();
  private final Map<String, Long> usedByAccount = new ConcurrentHashMap<>();
  private final Counter refusedInAll;
  private final Counter refusedByAccount;

  /**
   * @param limit in bytes
   */
  public InboundBudget(long limit, MeterRegistry metrics) {
    this.limit = limit;
    Gauge.builder("nself_incident_inbound_bytes", used, AtomicLong::get)
        .description("Bytes that requests and messages of clients take")
        .register(metrics);
    Gauge.builder("nself_incident_inbound_limit_bytes", () -> limit)
        .description("Bytes that requests and messages of clients may take")
        .register(metrics);
    this.refusedInAll = refusalCounter("all", metrics);
    this.refusedByAccount = refusalCounter("account", metrics);
  }

  private static Counter refusalCounter(String scope, MeterRegistry metrics) {
    return Counter.builder("nself_incident_inbound_refused")
        .description("Requests and messages refused because too many bytes are taken")
        .tag("scope", scope)
        .register(metrics);
  }

  /** Opens a share of an account, in which nothing is taken yet. */
  public Share open(String account) {
    return new Share(account);
  }

  private void take(String account, long bytes) {
    long accountLimit = limit / ACCOUNT_PART;
    usedByAccount.compute(
        account,
        (_, before) -> {
          long now = (before == null ? 0 : before) + bytes;
          if (now > accountLimit) {
            refusedByAccount.increment();
            throw ApiException.of(
                ErrorCode.RATE_LIMITED,
                "The account's requests in progress may take %,d bytes; send fewer at once"
                    .formatted(accountLimit));
          }
          return now;
        });
    if (used.addAndGet(bytes) > limit) {
      release(account, bytes);
      refusedInAll.increment();
      throw ApiException.unavailable(
          "The requests in progress take all of %,d bytes; try again".formatted(limit));
    }
  }

  private void release(String account, long bytes) {
    used.addAndGet(-bytes);
    usedByAccount.computeIfPresent(
        account, (_, before) -> before == bytes ? null : (Long) (before - bytes));
  }

  /**
   * What one request or message has taken; closing gives all of it back. Idempotent. Nothing can be
   * taken afterwards.
   */
  public final class Share implements AutoCloseable {

    private final String account;

    @GuardedBy("this")
    private long taken;

    @GuardedBy("this")
    private boolean closed;

    private Share(String account) {
      this.account = account;
    }

    /**
     * Takes more.
     *
     * @throws ApiException {@code rate_limited} if the account would have more than its part,
     *     {@code unavailable} if all would have more than there is; nothing is taken then
     */
    public synchronized void take(long bytes) {
      if (closed) {
        throw ApiException.unavailable("The connection is closed");
      }
      InboundBudget.this.take(account, bytes);
      taken += bytes;
    }

    @Override
    public synchronized void close() {
      closed = true;
      if (taken > 0) {
        release(account, taken);
        taken = 0;
      }
    }
  }
}
