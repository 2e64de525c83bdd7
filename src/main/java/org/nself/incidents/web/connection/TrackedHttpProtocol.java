package org.nself.incidents.web.connection;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import org.apache.coyote.ErrorState;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP connector that tells a {@link ConnectionTracker} what each connection is doing.
 * Tomcat alone limits the time between two bytes, and so not a client that sends one now and then.
 * Tomcat instantiates it by name.
 */
public final class TrackedHttpProtocol extends Http11NioProtocol {

  private final TrackedEndpoint endpoint;
  private @Nullable ConnectionTracker tracker;

  public TrackedHttpProtocol() {
    this(new TrackedEndpoint());
  }

  private TrackedHttpProtocol(TrackedEndpoint endpoint) {
    super(endpoint);
    this.endpoint = endpoint;
  }

  /** Must be called before it starts. */
  void setTracker(ConnectionTracker tracker) {
    this.tracker = tracker;
    endpoint.tracker = tracker;
  }

  @Override
  protected Processor createProcessor() {
    return new TrackedProcessor(this, Objects.requireNonNull(tracker, "No tracker is set"));
  }

  private static final class TrackedEndpoint extends NioEndpoint {

    private @Nullable ConnectionTracker tracker;

    @Override
    protected boolean setSocketOptions(SocketChannel socket) {
      ConnectionTracker connections = Objects.requireNonNull(tracker, "No tracker is set");
      connections.makeRoom();
      boolean accepted = super.setSocketOptions(socket);
      @Nullable SocketWrapperBase<NioChannel> wrapper = this.connections.get(socket);
      if (accepted && wrapper != null) {
        connections.of(id(wrapper), socket);
      }
      return accepted;
    }

    @Override
    protected NioChannel createChannel(SocketBufferHandler buffers) {
      return new YieldingChannel(buffers);
    }
  }

  /**
   * Lets the other connections go on between two reads. Virtual threads are not preempted, so a
   * client that sends without a pause would keep a processor for itself: frames of a WebSocket,
   * pipelined requests, the unused rest of a body.
   */
  private static final class YieldingChannel extends NioChannel {

    /** The thread that read before, by its id. */
    private long reader;

    YieldingChannel(SocketBufferHandler buffers) {
      super(buffers);
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // It is about fairness, and nothing waits for it.
    public int read(ByteBuffer buffer) throws IOException {
      int count = super.read(buffer);
      if (count > 0) {
        long thread = Thread.currentThread().threadId();
        // The first read of a thread waits no longer than the thread has waited to start.
        if (thread == reader) {
          Thread.yield();
        }
        reader = thread;
      }
      return count;
    }
  }

  private static final class TrackedProcessor extends Http11Processor {

    private final TrackedHttpProtocol http;
    private final ConnectionTracker tracker;

    TrackedProcessor(TrackedHttpProtocol http, ConnectionTracker tracker) {
      super(http, http.getAdapter());
      this.http = http;
      this.tracker = tracker;
    }

    /**
     * Closes a connection whose request arrives in the moment in which the connector stops. Tomcat
     * would not read its headers, then miss {@code Host} among them and answer 400.
     */
    @Override
    protected void setErrorState(ErrorState state, @Nullable Throwable cause) {
      boolean stopping =
          state == ErrorState.CLOSE_CLEAN
              && response.getStatus() == HttpServletResponse.SC_SERVICE_UNAVAILABLE
              && request.getMimeHeaders().size() == 0
              && http.isPaused();
      super.setErrorState(stopping ? ErrorState.CLOSE_NOW : state, cause);
    }

    @Override
    public SocketState service(SocketWrapperBase<?> wrapper) throws IOException {
      @Nullable SocketChannel channel = ((NioChannel) wrapper.getSocket()).getIOChannel();
      if (channel == null) {
        return super.service(wrapper);
      }
      ClientConnection connection = tracker.of(id(wrapper), channel);
      ClientConnection.Phase before = connection.phase();
      long since = connection.sinceNanos();
      connection.bytesArrived(System.nanoTime());
      SocketState state = super.service(wrapper);
      switch (state) {
        case OPEN -> tracker.waits(connection, before, since);
        case LONG -> {
          if (!isAsync()) {
            tracker.waitsForHead(connection);
          }
        }
        case UPGRADING -> connection.upgraded(System.nanoTime());
        default -> {}
      }
      return state;
    }
  }

  /** As {@code HttpServletRequest.getServletConnection()} has it. */
  private static String id(SocketWrapperBase<?> wrapper) {
    return wrapper.getServletConnection("http/1.1", "").getConnectionId();
  }
}
