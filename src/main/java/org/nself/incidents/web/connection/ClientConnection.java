package org.nself.incidents.web.connection;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection of a client. The threads that serve it say what it is doing; {@link
 * ConnectionTracker} ends it if that takes too long.
 */
public final class ClientConnection {

  /** The request attribute with the connection of the request. */
  public static final String ATTRIBUTE = "nself.connection";

  /** What a connection is doing. */
  enum Phase {
    /** Nothing has arrived yet. */
    ACCEPTED,
    /** A part of a request's head has arrived. */
    HEAD,
    /** A request is handled, and its body is still to be read. */
    BODY,
    /** A request is handled, and all of it has been read. */
    REQUEST,
    /** The response is written, and the rest of the body is read and ignored. */
    DRAINING,
    /** Waits for the next request. */
    IDLE,
    /** Handed over to a stream or a WebSocket, which have limits of their own. */
    UPGRADED
  }

  private final SocketChannel channel;
  private final String peer;
  private final String address;

  /** Whether the tracker counts it as unfinished. */
  volatile boolean unfinished;

  @GuardedBy("this")
  private Phase phase = Phase.ACCEPTED;

  @GuardedBy("this")
  private long sinceNanos;

  /** Of the body. */
  @GuardedBy("this")
  private long bytes;

  /** What {@link #bytes} was at the last check of the rate, and when that was. */
  @GuardedBy("this")
  private long checkedBytes;

  @GuardedBy("this")
  private long checkedNanos;

  @GuardedBy("this")
  private boolean known;

  @GuardedBy("this")
  private boolean ended;

  ClientConnection(SocketChannel channel, String peer, String address, long nowNanos) {
    this.channel = channel;
    this.peer = peer;
    this.address = address;
    this.sinceNanos = nowNanos;
  }

  /** The connection of a request; null in tests without Tomcat. */
  public static @Nullable ClientConnection of(HttpServletRequest request) {
    return (ClientConnection) request.getAttribute(ATTRIBUTE);
  }

  /** The address that opened it, a proxy's where there is one. */
  String peer() {
    return peer;
  }

  /** By which it is limited: the network of {@link #peer} where that is of IPv6. */
  String address() {
    return address;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  synchronized Phase phase() {
    return phase;
  }

  /** Nanoseconds since the phase began. */
  synchronized long age(long nowNanos) {
    return nowNanos - sinceNanos;
  }

  synchronized boolean isKnown() {
    return known;
  }

  /** A request on it came from an authenticated caller. */
  public synchronized void setKnown() {
    known = true;
  }

  /** Something has arrived while no request was handled. */
  synchronized void bytesArrived(long nowNanos) {
    if (phase == Phase.ACCEPTED || phase == Phase.IDLE) {
      setPhase(Phase.HEAD, nowNanos);
    }
  }

  /**
   * The head of a request has arrived.
   *
   * @param hasBody whether a body follows
   */
  synchronized void requestBegan(boolean hasBody, long nowNanos) {
    setPhase(hasBody ? Phase.BODY : Phase.REQUEST, nowNanos);
    bytes = 0;
    checkedBytes = 0;
    checkedNanos = nowNanos;
  }

  /** A part of the body has been read. */
  public synchronized void bodyArrived(int count) {
    bytes += count;
  }

  /** All of the body has been read. */
  public synchronized void bodyEnded(long nowNanos) {
    if (phase == Phase.BODY) {
      setPhase(Phase.REQUEST, nowNanos);
    }
  }

  /** The request has been handled; returns whether a part of its body is still to be read. */
  synchronized boolean requestEnded(long nowNanos) {
    if (phase != Phase.BODY) {
      return false;
    }
    setPhase(Phase.DRAINING, nowNanos);
    return true;
  }

  /**
   * It waits for the next request.
   *
   * @param before the phase before something arrived; it continues if that was no request, such as
   *     an empty line
   * @param beforeNanos when that began
   */
  synchronized void waits(Phase before, long beforeNanos, long nowNanos) {
    if (phase == Phase.HEAD && before != Phase.HEAD) {
      phase = before;
      sinceNanos = beforeNanos;
    } else if (phase != Phase.HEAD) {
      setPhase(Phase.IDLE, nowNanos);
    }
  }

  /** A part of the next request's head has arrived and the rest has not. */
  synchronized void waitsForHead(long nowNanos) {
    if (phase != Phase.HEAD) {
      setPhase(Phase.HEAD, nowNanos);
    }
  }

  synchronized void upgraded(long nowNanos) {
    setPhase(Phase.UPGRADED, nowNanos);
  }

  synchronized long sinceNanos() {
    return sinceNanos;
  }

  @GuardedBy("this")
  private void setPhase(Phase next, long nowNanos) {
    phase = next;
    sinceNanos = nowNanos;
  }

  /**
   * Whether less of the body has arrived than is required; false before the first interval is over.
   */
  synchronized boolean isTooSlow(long nowNanos, long intervalNanos, long minBytes) {
    if (phase != Phase.BODY || nowNanos - checkedNanos < intervalNanos) {
      return false;
    }
    boolean slow = bytes - checkedBytes < minBytes;
    checkedBytes = bytes;
    checkedNanos = nowNanos;
    return slow;
  }

  /**
   * Ends it: reads and writes, also those that wait, find it closed by the client, and Tomcat then
   * frees what belongs to it. Not {@code close}, because Tomcat must not reuse the buffers while a
   * thread still uses them.
   *
   * @return false if it has been ended before
   */
  public boolean disconnect() {
    synchronized (this) {
      if (ended) {
        return false;
      }
      ended = true;
    }
    try {
      channel.shutdownInput();
      channel.shutdownOutput();
    } catch (IOException e) {
      // The client has disconnected already.
    }
    return true;
  }
}
