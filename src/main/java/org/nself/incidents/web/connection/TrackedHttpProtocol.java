package org.nself.incidents.web.connection;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
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
  }

  private static final class TrackedProcessor extends Http11Processor {

    private final ConnectionTracker tracker;

    TrackedProcessor(TrackedHttpProtocol protocol, ConnectionTracker tracker) {
      super(protocol, protocol.getAdapter());
      this.tracker = tracker;
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
