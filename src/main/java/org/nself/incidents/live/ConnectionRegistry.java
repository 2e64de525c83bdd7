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
 * Tracks the live connections: counts them, sends heartbeats, closes them when their credentials
 * expire, and drains them on shutdown one after another, so that the clients do not all reconnect
 * at the same moment.
 */
public final class ConnectionRegistry implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ConnectionRegistry.class);

  static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(15);

  /** Draining takes this long at most, less where there are few connections. */
  private static final Duration MAX_DRAIN_TIME = Duration.ofSeconds(5);

  private static final Duration DRAIN_INTERVAL = Duration.ofMillis(10);

  private final LiveExecutors executors;
  private final Clock clock;
  private final QuotaCounter quota;
  private final Map<LiveConnection, Lease> leases = new ConcurrentHashMap<>();
  private volatile boolean running = true;
  private int tick;

  ConnectionRegistry(LiveExecutors executors, Clock clock, QuotaCounter quota) {
    this.executors = executors;
    this.clock = clock;
    this.quota = quota;
    executors.scheduleAtFixedRate(Duration.ofSeconds(1), this::sendHeartbeats);
  }

  /**
   * What is known of a connection.
   *
   * @param slot the second of the heartbeat interval in which it gets its heartbeat
   */
  private record Lease(String account, @Nullable Runnable cancelExpiry, int slot) {}

  /**
   * Reserves a connection in the account's quota. {@link #register} or {@link #cancelAdmission}
   * must follow.
   *
   * @throws ApiException {@code rate_limited} if the account has too many; {@code unavailable} if
   *     the process stops
   */
  public void admit(Caller caller) {
    if (!running) {
      throw ApiException.unavailable("This instance is stopping; reconnect");
    }
    quota.acquire(caller.account());
  }

  /** Releases what {@link #admit} reserved, if the connection was not opened. */
  public void cancelAdmission(Caller caller) {
    quota.release(caller.account());
  }

  /** Adds an admitted connection, until {@link #unregister}. */
  public void register(LiveConnection connection, Caller caller) {
    int slot =
        Math.floorMod(System.identityHashCode(connection), (int) HEARTBEAT_INTERVAL.toSeconds());
    leases.put(connection, new Lease(caller.account(), scheduleExpiry(connection, caller), slot));
  }

  private @Nullable Runnable scheduleExpiry(LiveConnection connection, Caller caller) {
    @Nullable Instant until = caller.validUntil();
    if (until == null) {
      return null;
    }
    Duration remaining = Duration.between(clock.instant(), until);
    return executors.schedule(
        remaining.isNegative() ? Duration.ZERO : remaining,
        () -> connection.close(LiveConnection.CloseReason.EXPIRED));
  }

  /** Removes a connection and releases its quota. Idempotent. */
  public void unregister(LiveConnection connection) {
    @Nullable Lease lease = leases.remove(connection);
    if (lease != null) {
      quota.release(lease.account());
      if (lease.cancelExpiry() != null) {
        lease.cancelExpiry().run();
      }
    }
  }

  private void sendHeartbeats() {
    int slot = tick++ % (int) HEARTBEAT_INTERVAL.toSeconds();
    leases.forEach(
        (connection, lease) -> {
          if (lease.slot() == slot) {
            executors.execute(connection::heartbeat);
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
    List<LiveConnection> remaining = new ArrayList<>(leases.keySet());
    if (remaining.isEmpty()) {
      return;
    }
    Collections.shuffle(remaining);
    Duration time = DRAIN_INTERVAL.multipliedBy(remaining.size());
    if (time.compareTo(MAX_DRAIN_TIME) > 0) {
      time = MAX_DRAIN_TIME;
    }
    log.info("Draining {} live connections within {}", remaining.size(), time);
    CountDownLatch drained = new CountDownLatch(remaining.size());
    for (int i = 0; i < remaining.size(); i++) {
      LiveConnection connection = remaining.get(i);
      executors.schedule(
          time.multipliedBy(i).dividedBy(remaining.size()),
          () -> {
            try {
              connection.close(LiveConnection.CloseReason.GOING_AWAY);
            } finally {
              drained.countDown();
            }
          });
    }
    try {
      // Not longer: a client may not read its close message.
      drained.await(time.plusSeconds(1).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Stops after readiness is withdrawn and before the web server stops. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE - 512;
  }
}
