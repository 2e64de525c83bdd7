package org.nself.incidents.web.connection;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.settings.InboundSettings;
import org.nself.incidents.settings.TrustedProxies;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends connections whose request does not arrive in time, and makes room for new ones. A request
 * whose head has arrived in part, or whose body is not used and on its way, takes 65 KiB; so there
 * are at most as many as clients may be unknown. Where there would be more, the oldest ends, of the
 * same address first. A request that arrives whole never waits for them.
 */
public final class ConnectionTracker implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ConnectionTracker.class);

  private static final Duration SWEEP_INTERVAL = Duration.ofMillis(500);

  /** A body must bring this much in each interval. */
  private static final long MIN_BODY_BYTES = 8 * 1024;

  private static final long BODY_INTERVAL = Duration.ofSeconds(10).toNanos();

  /** For the rest of a body that is not used. */
  private static final long DRAIN_TIMEOUT = Duration.ofSeconds(5).toNanos();

  /** Of the connections that may be open, the part whose requests may be of unknown callers. */
  private static final int UNKNOWN_PART = 8;

  /** How many end at once to make room. */
  private static final int ROOM = 32;

  private final InboundSettings settings;
  private final TrustedProxies proxies;
  private final Map<String, ClientConnection> connections = new ConcurrentHashMap<>();

  /** Those with a part of a head, or the rest of a body, the oldest first. */
  @GuardedBy("this")
  private final Set<ClientConnection> unfinished = new LinkedHashSet<>();

  /**
   * Those with a request whose caller is not known, the oldest first; also some whose caller has
   * become known, or whose request has ended, since.
   */
  @GuardedBy("this")
  private final Set<ClientConnection> unknown = new LinkedHashSet<>();

  private final Counter headTimeouts;
  private final Counter bodyTimeouts;
  private final Counter idleTimeouts;
  private final Counter evictions;
  private final ScheduledThreadPoolExecutor sweeper =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("connection-sweeper").daemon().factory());

  ConnectionTracker(InboundSettings settings, TrustedProxies proxies, MeterRegistry metrics) {
    this.settings = settings;
    this.proxies = proxies;
    Gauge.builder("nself_incident_connections", connections, Map::size)
        .description("Open TCP connections of clients")
        .register(metrics);
    Gauge.builder("nself_incident_connections_limit", settings::maxConnections)
        .description("How many TCP connections of clients may be open")
        .register(metrics);
    this.headTimeouts = closed("head", metrics);
    this.bodyTimeouts = closed("body", metrics);
    this.idleTimeouts = closed("idle", metrics);
    this.evictions = closed("room", metrics);
    var _ =
        sweeper.scheduleWithFixedDelay(
            this::sweep,
            SWEEP_INTERVAL.toMillis(),
            SWEEP_INTERVAL.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static Counter closed(String reason, MeterRegistry metrics) {
    return Counter.builder("nself_incident_connections_closed")
        .description(
            "Connections that the service ended: a request's head or body took too long, no request"
                + " came, or others needed the room")
        .tag("reason", reason)
        .register(metrics);
  }

  /** The connection of this id, which is added if it is new. */
  ClientConnection of(String id, SocketChannel channel) {
    @Nullable ClientConnection known = connections.get(id);
    return known != null
        ? known
        : connections.computeIfAbsent(
            id,
            _ -> {
              String peer = peer(channel);
              return new ClientConnection(
                  channel, peer, proxies.client(peer, null), System.nanoTime());
            });
  }

  private static String peer(SocketChannel channel) {
    try {
      return channel.getRemoteAddress() instanceof InetSocketAddress peer
          ? peer.getAddress().getHostAddress()
          : "";
    } catch (IOException e) {
      // The client has disconnected already.
      return "";
    }
  }

  /** The connection of a request; null if it has just ended. */
  public @Nullable ClientConnection find(HttpServletRequest request) {
    return connections.get(request.getServletConnection().getConnectionId());
  }

  /** A request's head has arrived. */
  public void requestBegan(ClientConnection connection, boolean hasBody) {
    removeUnfinished(connection);
    connection.requestBegan(hasBody, System.nanoTime());
    if (!connection.isKnown()) {
      addUnknown(connection);
    }
  }

  /** Ends the oldest if too many responses are written that need no credentials. */
  private void addUnknown(ClientConnection connection) {
    @Nullable ClientConnection oldest = null;
    synchronized (this) {
      unknown.remove(connection);
      unknown.add(connection);
      if (unknown.size() > maxUnknown()) {
        unknown.removeIf(other -> other.isKnown() || !isHandled(other.phase()) || !other.isOpen());
      }
      if (unknown.size() > maxUnknown()) {
        oldest = unknown.iterator().next();
        unknown.remove(oldest);
      }
    }
    if (oldest != null) {
      end(oldest, evictions);
    }
  }

  /** More than of those that wait, because every new connection is unknown for a moment. */
  private int maxUnknown() {
    return Math.max(settings.maxUnknownCallers(), settings.maxConnections() / UNKNOWN_PART);
  }

  private static boolean isHandled(ClientConnection.Phase phase) {
    return phase == ClientConnection.Phase.BODY || phase == ClientConnection.Phase.REQUEST;
  }

  /** The request has been handled; returns whether the rest of its body is still to be read. */
  public boolean requestEnded(ClientConnection connection) {
    boolean draining = connection.requestEnded(System.nanoTime());
    if (draining) {
      addUnfinished(connection);
    }
    return draining;
  }

  /** Only a part of a request's head has arrived. */
  void waitsForHead(ClientConnection connection) {
    connection.waitsForHead(System.nanoTime());
    addUnfinished(connection);
  }

  /** It waits for the next request. */
  void waits(ClientConnection connection, ClientConnection.Phase before, long beforeNanos) {
    removeUnfinished(connection);
    connection.waits(before, beforeNanos, System.nanoTime());
  }

  private void removeUnfinished(ClientConnection connection) {
    if (connection.unfinished) {
      synchronized (this) {
        connection.unfinished = false;
        unfinished.remove(connection);
      }
    }
  }

  private void remove(ClientConnection connection) {
    removeUnfinished(connection);
    synchronized (this) {
      unknown.remove(connection);
    }
  }

  /** Ends the oldest of the address, or of all, if there are too many. */
  private void addUnfinished(ClientConnection connection) {
    @Nullable ClientConnection oldest = null;
    synchronized (this) {
      if (!unfinished.add(connection)) {
        return;
      }
      connection.unfinished = true;
      List<ClientConnection> siblings =
          proxies.contains(connection.peer())
              ? List.of()
              : unfinished.stream()
                  .filter(other -> other.address().equals(connection.address()))
                  .toList();
      if (siblings.size() > settings.maxUnknownCallersPerAddress()) {
        oldest = siblings.getFirst();
      } else if (unfinished.size() > settings.maxUnknownCallers()) {
        oldest = unfinished.iterator().next();
      }
      if (oldest != null) {
        unfinished.remove(oldest);
      }
    }
    if (oldest != null) {
      end(oldest, evictions);
    }
  }

  /**
   * Ends connections without a request if there are nearly as many as there may be: those of
   * unknown clients first, of them those of the address that has most, of these the oldest.
   */
  void makeRoom() {
    int almost = settings.maxConnections() - Math.min(ROOM, settings.maxConnections() / 8);
    if (connections.size() < almost) {
      return;
    }
    connections.values().removeIf(connection -> !connection.isOpen());
    if (connections.size() < almost) {
      return;
    }
    long now = System.nanoTime();
    List<Dispensable> dispensable = new ArrayList<>();
    Map<String, Integer> byOwner = new HashMap<>();
    for (ClientConnection connection : connections.values()) {
      if (isDispensable(connection.phase())) {
        String owner = owner(connection);
        byOwner.merge(owner, 1, Integer::sum);
        dispensable.add(
            new Dispensable(connection, connection.isKnown(), owner, connection.age(now)));
      }
    }
    dispensable.stream()
        .sorted(
            Comparator.comparing(Dispensable::known)
                .thenComparing(
                    found -> byOwner.getOrDefault(found.owner(), 0), Comparator.reverseOrder())
                .thenComparing(Dispensable::age, Comparator.reverseOrder()))
        .limit(ROOM)
        .forEach(found -> end(found.connection(), evictions));
  }

  /** What a connection is now: it may change while they are sorted. */
  private record Dispensable(ClientConnection connection, boolean known, String owner, long age) {}

  /** A proxy's connections are of different clients, so each counts for itself. */
  private String owner(ClientConnection connection) {
    return proxies.contains(connection.peer())
        ? "proxy " + System.identityHashCode(connection)
        : connection.address();
  }

  private static boolean isDispensable(ClientConnection.Phase phase) {
    return switch (phase) {
      case ACCEPTED, HEAD, DRAINING, IDLE -> true;
      case BODY, REQUEST, UPGRADED -> false;
    };
  }

  private void sweep() {
    try {
      long now = System.nanoTime();
      connections
          .values()
          .removeIf(
              connection -> {
                if (connection.isOpen()) {
                  check(connection, now);
                  return false;
                }
                remove(connection);
                return true;
              });
    } catch (Throwable e) {
      log.error("A check of the connections failed", e);
    }
  }

  private void check(ClientConnection connection, long now) {
    long age = connection.age(now);
    switch (connection.phase()) {
      case ACCEPTED, HEAD ->
          endAfter(settings.headerTimeoutSeconds(), age, connection, headTimeouts);
      case BODY -> {
        if (connection.isTooSlow(now, BODY_INTERVAL, MIN_BODY_BYTES)) {
          end(connection, bodyTimeouts);
        } else {
          endAfter(settings.bodyTimeoutSeconds(), age, connection, bodyTimeouts);
        }
      }
      case DRAINING -> {
        if (age > DRAIN_TIMEOUT) {
          end(connection, bodyTimeouts);
        }
      }
      case IDLE ->
          endAfter(
              connection.isKnown()
                  ? settings.keepAliveSeconds()
                  : Math.min(settings.keepAliveSeconds(), settings.headerTimeoutSeconds()),
              age,
              connection,
              idleTimeouts);
      case REQUEST -> {
        // Of a known caller it may wait for the database, or be a large response to a slow reader.
        if (!connection.isKnown()) {
          endAfter(settings.bodyTimeoutSeconds(), age, connection, idleTimeouts);
        }
      }
      case UPGRADED -> {}
    }
  }

  private static void endAfter(
      int seconds, long age, ClientConnection connection, Counter counter) {
    if (age > TimeUnit.SECONDS.toNanos(seconds)) {
      end(connection, counter);
    }
  }

  private static void end(ClientConnection connection, Counter counter) {
    if (connection.disconnect()) {
      counter.increment();
    }
  }

  @Override
  public void close() {
    sweeper.shutdownNow();
  }
}
