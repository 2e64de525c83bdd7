package org.nself.incidents.web.response;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of all responses, live events included, that are being made or written and that clients
 * have not taken yet. An account has a quarter of them at most, but always one response: it may
 * have three quarters while others hold something, and otherwise be however large it is. Where
 * there is no room, clients that have not taken a response for two seconds are disconnected, the
 * slowest first; then a request waits, and then it is refused.
 */
public final class ResponseMemory {

  private static final Logger log = LoggerFactory.getLogger(ResponseMemory.class);

  /** How long a request waits for room before it is refused. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(2);

  /** A client that has been sent a response for longer than this may be disconnected. */
  private static final Duration SLOW = Duration.ofSeconds(2);

  /** How often waiting requests check for clients that have become slow. */
  private static final Duration CHECK_INTERVAL = Duration.ofMillis(250);

  private static final int ACCOUNT_SHARE = 4;

  private final long limit;
  private final Counter refused;
  private final Counter disconnected;

  @GuardedBy("this")
  private final Map<String, Account> accounts = new HashMap<>();

  @GuardedBy("this")
  private long used;

  private static final class Account {
    long used;

    /** Those of which the client is slow, or will be; in the order of their first byte. */
    final Set<Lease> leases = new LinkedHashSet<>();
  }

  /**
   * @param limit in bytes
   */
  public ResponseMemory(long limit, MeterRegistry metrics) {
    this.limit = limit;
    Gauge.builder("nself_incident_response_memory_used", this, ResponseMemory::used)
        .description("Bytes of responses that are made or written and that clients have not taken")
        .baseUnit("bytes")
        .register(metrics);
    Gauge.builder("nself_incident_response_memory_limit", this, memory -> memory.limit)
        .description("The most bytes of such responses")
        .baseUnit("bytes")
        .register(metrics);
    this.refused =
        Counter.builder("nself_incident_response_memory_refused")
            .description("Responses for which there was no room")
            .register(metrics);
    this.disconnected =
        Counter.builder("nself_incident_response_memory_disconnected")
            .description("Clients that were disconnected because they were slow to take a response")
            .register(metrics);
  }

  /** The limit of one account. */
  public long accountLimit() {
    return limit / ACCOUNT_SHARE;
  }

  synchronized long used() {
    return used;
  }

  /** Nothing is reserved yet. */
  public Lease lease(String account) {
    return new Lease(account);
  }

  /**
   * What one response, subscription or message holds. Thread-safe: the lock of the memory guards
   * its fields.
   */
  public final class Lease implements AutoCloseable {

    private final String account;

    private long bytes;

    private long writingSince;

    private @Nullable Runnable disconnect;

    private Lease(String account) {
      this.account = account;
    }

    /**
     * Waits until the account and the process have some room; nothing is reserved.
     *
     * @throws ApiException {@code unavailable} if there is none within two seconds
     */
    public void awaitRoom() {
      await(0, MAX_WAIT);
    }

    /**
     * Reserves more bytes, without waiting.
     *
     * @throws ApiException {@code unavailable} if there is no room
     */
    public void reserve(long more) {
      await(more, Duration.ZERO);
    }

    /**
     * Reserves more bytes, waiting for room.
     *
     * @throws ApiException {@code unavailable} if there is no room in that time
     */
    public void reserve(long more, Duration wait) {
      await(more, wait);
    }

    /** What one read of many rows reserves before it knows their bytes. */
    long share() {
      return accountLimit() / ACCOUNT_SHARE;
    }

    /** Reserves more bytes if there is room now, without disconnecting anybody. */
    public boolean tryReserve(long more) {
      synchronized (ResponseMemory.this) {
        if (!fits(this, more)) {
          return false;
        }
        add(this, more);
        return true;
      }
    }

    /** Holds so many bytes from now on, whether there is room or not. */
    public void set(long total) {
      synchronized (ResponseMemory.this) {
        add(this, total - bytes);
      }
    }

    public void release(long fewer) {
      synchronized (ResponseMemory.this) {
        add(this, -fewer);
      }
    }

    /**
     * Says that the client is being sent the response by this thread, and how it is disconnected if
     * it is slow. The thread is interrupted then.
     */
    public void writing(Runnable disconnect) {
      Thread writer = Thread.currentThread();
      synchronized (ResponseMemory.this) {
        writingSince = System.nanoTime();
        this.disconnect =
            () -> {
              disconnect.run();
              // It may wait for the client; closing the socket does not wake it up.
              writer.interrupt();
            };
      }
    }

    boolean isWriting() {
      synchronized (ResponseMemory.this) {
        return disconnect != null;
      }
    }

    /** Says that the client has taken the response so far. */
    public void written() {
      synchronized (ResponseMemory.this) {
        disconnect = null;
      }
    }

    @Override
    public void close() {
      synchronized (ResponseMemory.this) {
        disconnect = null;
        add(this, -bytes);
      }
    }

    private void await(long more, Duration wait) {
      long end = System.nanoTime() + wait.toNanos();
      while (true) {
        List<Runnable> slow = new ArrayList<>();
        synchronized (ResponseMemory.this) {
          if (fits(this, more)) {
            add(this, more);
            return;
          }
          collectSlow(account, more, slow);
        }
        disconnect(slow);
        long left = Math.min(end - System.nanoTime(), CHECK_INTERVAL.toNanos());
        synchronized (ResponseMemory.this) {
          if (fits(this, more)) {
            add(this, more);
            return;
          }
          if (left <= 0) {
            refused.increment();
            throw ApiException.unavailable(
                "Too many bytes of responses wait to be taken by clients; try again, or ask for"
                    + " less at once");
          }
          try {
            ResponseMemory.this.wait(Math.max(1, left / 1_000_000));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiException.unavailable("The request was interrupted");
          }
        }
      }
    }
  }

  /**
   * Where nothing else is held, everything fits: there is always progress. One response of an
   * account leaves the share of an account to the others.
   */
  @GuardedBy("this")
  private boolean fits(Lease lease, long more) {
    @Nullable Account account = accounts.get(lease.account);
    long ofAccount = account == null ? 0 : account.used;
    if (used == lease.bytes) {
      return true;
    }
    boolean alone = ofAccount == lease.bytes;
    return ofAccount + more < (alone ? limit - accountLimit() : accountLimit())
        && used + more < limit;
  }

  @GuardedBy("this")
  private void add(Lease lease, long more) {
    if (more == 0) {
      return;
    }
    Account account = accounts.computeIfAbsent(lease.account, _ -> new Account());
    lease.bytes += more;
    account.used += more;
    used += more;
    if (lease.bytes > 0) {
      account.leases.add(lease);
    } else {
      account.leases.remove(lease);
    }
    if (account.leases.isEmpty()) {
      accounts.remove(lease.account);
    }
    if (more < 0) {
      notifyAll();
    }
  }

  /**
   * Collects the clients to disconnect: of the account itself if it has no room, else of the
   * account that holds most.
   */
  @GuardedBy("this")
  private void collectSlow(String name, long more, List<Runnable> slow) {
    @Nullable Account account = accounts.get(name);
    if (account == null || account.used + more < accountLimit()) {
      account = largest();
    }
    if (account == null) {
      return;
    }
    long now = System.nanoTime();
    @Nullable Lease slowest = null;
    for (Lease lease : account.leases) {
      if (lease.disconnect != null
          && now - lease.writingSince > SLOW.toNanos()
          && (slowest == null || lease.writingSince < slowest.writingSince)) {
        slowest = lease;
      }
    }
    if (slowest != null) {
      slow.add(slowest.disconnect);
      slowest.disconnect = null;
    }
  }

  @GuardedBy("this")
  private @Nullable Account largest() {
    @Nullable Account largest = null;
    for (Account account : accounts.values()) {
      if (largest == null || account.used > largest.used) {
        largest = account;
      }
    }
    return largest;
  }

  private void disconnect(List<Runnable> slow) {
    for (Runnable client : slow) {
      try {
        client.run();
        disconnected.increment();
      } catch (RuntimeException e) {
        log.error("Disconnecting a slow client failed", e);
      }
    }
  }
}
