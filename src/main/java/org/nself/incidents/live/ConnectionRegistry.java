package org.nself.incidents.live;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * All clients that are connected: counts them, keeps their hearts beating, ends them when their
 * credentials expire, and sends them away one after another when the process stops, so that they do
 * not all come to the next one at the same moment.
 */
public final class ConnectionRegistry implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ConnectionRegistry.class);

  /** A client hears from us at least this often. */
  static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(15);

  /** The goodbyes take this long, or less where there are few. */
  private static final Duration MAX_DRAIN_TIME = Duration.ofSeconds(5);

  private static final Duration DRAIN_INTERVAL = Duration.ofMillis(10);

  private final LiveExecutors threads;
  private final Clock clock;
  private final QuotaCounter allowance;
  private final Map<LiveConnection, Lease> open = new ConcurrentHashMap<>();
  private volatile boolean running = true;
  private int beats;

  ConnectionRegistry(LiveExecutors threads, Clock clock, QuotaCounter allowance) {
    this.threads = threads;
    this.clock = clock;
    this.allowance = allowance;
    threads.scheduleAtFixedRate(Duration.ofSeconds(1), this::sendHeartbeats);
  }

  /**
   * The right of one connection to be here.
   *
   * @param slot the second of the heartbeat's period that it beats in
   */
  record Lease(String account, @Nullable Runnable cancelExpiry, int slot) {}

  /**
   * Makes room for a connection, to be {@link #register} or {@link #cancelAdmission} next.
   *
   * @throws ApiException {@code rate_limited} where the account has too many; {@code unavailable}
   *     while the process stops
   */
  public void admit(Caller caller) {
    if (!running) {
      throw ApiException.unavailable("This instance is stopping; connect again");
    }
    allowance.acquire(caller.account());
  }

  /** Takes back an admission that came to nothing. */
  public void cancelAdmission(Caller caller) {
    allowance.release(caller.account());
  }

  /** From now on the connection is cared for, until it is {@link #unregister}. */
  public void register(LiveConnection connection, Caller caller) {
    int slot =
        Math.floorMod(System.identityHashCode(connection), (int) HEARTBEAT_INTERVAL.toSeconds());
    open.put(connection, new Lease(caller.account(), scheduleExpiry(connection, caller), slot));
  }

  private @Nullable Runnable scheduleExpiry(LiveConnection connection, Caller caller) {
    @Nullable Instant until = caller.validUntil();
    if (until == null) {
      return null;
    }
    Duration rest = Duration.between(clock.instant(), until);
    return threads.schedule(
        rest.isNegative() ? Duration.ZERO : rest,
        () -> connection.close(LiveConnection.CloseReason.EXPIRED));
  }

  /** Counts it out. May be repeated. */
  public void unregister(LiveConnection connection) {
    @Nullable Lease lease = open.remove(connection);
    if (lease != null) {
      allowance.release(lease.account());
      if (lease.cancelExpiry() != null) {
        lease.cancelExpiry().run();
      }
    }
  }

  private void sendHeartbeats() {
    int slot = beats++ % (int) HEARTBEAT_INTERVAL.toSeconds();
    open.forEach(
        (connection, lease) -> {
          if (lease.slot() == slot) {
            threads.execute(connection::heartbeat);
          }
        });
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    List<LiveConnection> leaving = new ArrayList<>(open.keySet());
    if (leaving.isEmpty()) {
      return;
    }
    Collections.shuffle(leaving);
    Duration time = DRAIN_INTERVAL.multipliedBy(leaving.size());
    if (time.compareTo(MAX_DRAIN_TIME) > 0) {
      time = MAX_DRAIN_TIME;
    }
    log.info("Sending {} live connections away within {}", leaving.size(), time);
    CountDownLatch gone = new CountDownLatch(leaving.size());
    for (int i = 0; i < leaving.size(); i++) {
      LiveConnection connection = leaving.get(i);
      threads.schedule(
          time.multipliedBy(i).dividedBy(leaving.size()),
          () -> {
            connection.close(LiveConnection.CloseReason.GOING_AWAY);
            gone.countDown();
          });
    }
    try {
      // A client that does not take its goodbye is not waited for.
      gone.await(time.plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After readiness is withdrawn, before the web server stops. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE - 512;
  }
}
