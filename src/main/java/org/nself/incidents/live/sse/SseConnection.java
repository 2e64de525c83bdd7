package org.nself.incidents.live.sse;

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
 * The body of a response of type text/event-stream, for as long as the client stays (<a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html">HTML, 9.2</a>).
 *
 * <p>An asynchronous servlet request would keep all its buffers, some 80 KiB, for as long as it
 * lasts. This takes the socket over from Tomcat as a WebSocket does, by {@code upgrade}, after an
 * ordinary response's head that announces a body which ends with the connection. Tomcat then has
 * its buffers back, and tells at once when the client goes away.
 *
 * <p>Public, with a public constructor without arguments, because Tomcat makes it.
 */
public final class SseConnection implements InternalHttpUpgradeHandler, LiveConnection {

  private static final Logger log = LoggerFactory.getLogger(SseConnection.class);

  /** A client that takes nothing for this long is gone. */
  private static final long WRITE_TIMEOUT_MILLIS = 30_000;

  private static final byte[] HEARTBEAT = utf8(":\n\n");

  private final ReentrantLock writing = new ReentrantLock();
  private volatile @Nullable SocketWrapperBase<?> socket;
  private volatile boolean written;
  private volatile boolean handOver;
  private @Nullable Runnable onOpen;
  private @Nullable Runnable onClose;
  private boolean closed;

  /**
   * What to do when the head of the response is out, and once when the connection has ended. Set
   * before Tomcat lets go.
   */
  void prepare(Runnable onOpen, Runnable onClose) {
    this.onOpen = onOpen;
    this.onClose = onClose;
  }

  /** Writes a whole frame. Blocks while the client is slow. */
  void write(byte[] frame) throws IOException {
    SocketWrapperBase<?> to = Objects.requireNonNull(socket, "Written to before it was opened");
    writing.lock();
    try {
      written = true;
      to.write(true, ByteBuffer.wrap(frame));
      to.flush(true);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void heartbeat() {
    if (socket == null) {
      // Tomcat is about to hand it over; where it has not until the next beat, the client left.
      if (handOver) {
        close();
      }
      handOver = true;
      return;
    }
    boolean quiet = !written;
    written = false;
    if (quiet && !writing.isLocked()) {
      try {
        write(HEARTBEAT);
      } catch (IOException e) {
        log.debug("A client is gone: {}", e.getMessage());
        close();
      }
    }
  }

  @Override
  public void close(CloseReason ending) {
    if (ending == CloseReason.GOING_AWAY && socket != null && writing.tryLock()) {
      try {
        // Each its own, so that they do not all come back at once.
        write(utf8("retry: " + ThreadLocalRandom.current().nextInt(500, 3_000) + "\n\n"));
      } catch (IOException e) {
        log.debug("A client was gone before its goodbye: {}", e.getMessage());
      } finally {
        writing.unlock();
      }
    }
    close();
  }

  void close() {
    // In this order: either this sees the socket, or begin sees that it is closed.
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
    begin();
  }

  /** Tomcat has handed it over. */
  void begin() {
    boolean late;
    synchronized (this) {
      late = closed;
    }
    if (late) {
      close();
    } else {
      Objects.requireNonNull(onOpen).run();
    }
  }

  /** The client has nothing to say; that it can be read means, as a rule, that it left. */
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
      log.debug("A client is gone: {}", e.getMessage());
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
    // Time is kept by Connections.
  }

  @Override
  public void setSslSupport(SSLSupport sslSupport) {
    // Nothing depends on it.
  }

  @Override
  public void pause() {
    // Connections has said goodbye already.
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
