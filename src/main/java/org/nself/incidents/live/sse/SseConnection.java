package org.nself.incidents.live.sse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.LiveConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that carries a response of type text/event-stream (<a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, 9.2</a>).
 *
 * <p>An asynchronous servlet request would keep all its buffers, some 80 KiB, for as long as it
 * lasts. This takes the socket over from Tomcat by {@code upgrade}, as a WebSocket does, after the
 * head of an ordinary response whose body ends with the connection. Tomcat then gets its buffers
 * back, and reports at once when the client disconnects.
 *
 * <p>Public, with a public constructor without arguments, because Tomcat instantiates it.
 */
public final class SseConnection implements InternalHttpUpgradeHandler, LiveConnection {

  private static final Logger log = LoggerFactory.getLogger(SseConnection.class);

  /** A client that reads nothing for this long is disconnected. */
  private static final long WRITE_TIMEOUT_MILLIS = 30_000;

  private static final byte[] HEARTBEAT = utf8(":\n\n");

  private final ReentrantLock writing = new ReentrantLock();
  private volatile @Nullable SocketWrapperBase<?> socket;
  private volatile boolean writtenSinceHeartbeat;
  private volatile boolean handoverMissed;
  private @Nullable Runnable onOpen;
  private @Nullable Runnable onClose;

  @GuardedBy("this")
  private boolean closed;

  /**
   * Sets what to run when the head of the response is sent, and once when the connection has ended.
   * Called before Tomcat hands the socket over.
   */
  void prepare(Runnable onOpen, Runnable onClose) {
    this.onOpen = onOpen;
    this.onClose = onClose;
  }

  /** Writes a whole frame. Blocks while the client is slow. */
  public void write(byte[] frame) throws IOException {
    SocketWrapperBase<?> to = Objects.requireNonNull(socket, "The connection is not open yet");
    writing.lock();
    try {
      writtenSinceHeartbeat = true;
      to.write(true, ByteBuffer.wrap(frame));
      to.flush(true);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void heartbeat() {
    if (socket == null) {
      // Tomcat has not handed the socket over; at the second heartbeat, the client is gone.
      if (handoverMissed) {
        close();
      }
      handoverMissed = true;
      return;
    }
    boolean quiet = !writtenSinceHeartbeat;
    writtenSinceHeartbeat = false;
    if (quiet && !writing.isLocked()) {
      try {
        write(HEARTBEAT);
      } catch (IOException e) {
        log.debug("A client is disconnected: {}", e.getMessage());
        close();
      }
    }
  }

  @Override
  public void close(CloseReason ending) {
    if (ending == CloseReason.GOING_AWAY && socket != null && writing.tryLock()) {
      try {
        // A random delay, so that the clients do not all reconnect at once.
        write(utf8("retry: " + ThreadLocalRandom.current().nextInt(500, 3_000) + "\n\n"));
      } catch (IOException e) {
        log.debug("A client disconnected before it was drained: {}", e.getMessage());
      } finally {
        writing.unlock();
      }
    }
    close();
  }

  public void close() {
    // In this order: either this sees the socket, or start sees that it is closed.
    destroy();
    @Nullable SocketWrapperBase<?> open = socket;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void setSocketWrapper(SocketWrapperBase<?> wrapper) {
    wrapper.setWriteTimeout(WRITE_TIMEOUT_MILLIS);
    socket = wrapper;
  }

  @Override
  public void init(WebConnection connection) {
    start();
  }

  /** Tomcat has handed the socket over. */
  void start() {
    boolean closedMeanwhile;
    synchronized (this) {
      closedMeanwhile = closed;
    }
    if (closedMeanwhile) {
      close();
    } else {
      Objects.requireNonNull(onOpen).run();
    }
  }

  /** The client sends nothing, so the socket is usually readable because it is closed. */
  @Override
  public SocketState upgradeDispatch(SocketEvent event) {
    if (event != SocketEvent.OPEN_READ) {
      return SocketState.CLOSED;
    }
    try {
      ByteBuffer ignored = ByteBuffer.allocate(256);
      int read;
      do {
        ignored.clear();
        read = Objects.requireNonNull(socket).read(false, ignored);
      } while (read > 0);
      return read < 0 ? SocketState.CLOSED : SocketState.UPGRADED;
    } catch (IOException e) {
      log.debug("A client is disconnected: {}", e.getMessage());
      return SocketState.CLOSED;
    }
  }

  @Override
  public void destroy() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    if (onClose != null) {
      onClose.run();
    }
  }

  @Override
  public void timeoutAsync(long now) {
    // ConnectionRegistry sends heartbeats.
  }

  @Override
  public void setSslSupport(SSLSupport sslSupport) {
    // Not used.
  }

  @Override
  public void pause() {
    // ConnectionRegistry has drained it.
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
