package org.nself.incidents.web.connection;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import org.apache.coyote.ErrorState;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.Response;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.apache.tomcat.util.res.StringManager;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP connector that tells a {@link ConnectionTracker} what each connection is doing.
 * Tomcat alone limits the time between two bytes, and so not a client that sends one now and then.
 * It also limits how many responses are compressed at once, because each takes a quarter of a
 * megabyte outside of the heap until a slow client has read it. Tomcat instantiates it by name.
 */
public final class TrackedHttpProtocol extends Http11NioProtocol {

  /** Further responses are sent uncompressed. */
  private static final int MAX_COMPRESSIONS = 64;

  /** The note of a request with its processor; CoyoteAdapter has others. */
  private static final int PROCESSOR_NOTE = 17;

  private final Semaphore compressions = new Semaphore(MAX_COMPRESSIONS);
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

  /**
   * A response with a strong {@code ETag}, which Tomcat would not compress, gets a weak one: the
   * bytes differ from those of the response without compression.
   */
  @Override
  public boolean useCompression(Request request, Response response) {
    // Most clients that are programs ask for none; Vary is set for all (ResponseHeadersFilter).
    if (request.getMimeHeaders().getValue("Accept-Encoding") == null) {
      return false;
    }
    @Nullable String tag = response.getMimeHeaders().getHeader("ETag");
    boolean strong = tag != null && tag.startsWith("\"");
    if (strong) {
      response.getMimeHeaders().setValue("ETag").setString("W/" + tag);
    }
    boolean compresses =
        super.useCompression(request, response)
            && request.getNote(PROCESSOR_NOTE) instanceof TrackedProcessor processor
            && processor.reserveCompression(compressions);
    if (strong && !compresses) {
      response.getMimeHeaders().setValue("ETag").setString(tag);
    }
    return compresses;
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

    /** Tomcat's message. */
    private static final String HEAD_TOO_LARGE =
        StringManager.getManager(Http11Processor.class)
            .getString("iib.requestheadertoolarge.error");

    /** RFC 6585. */
    private static final int REQUEST_HEADER_FIELDS_TOO_LARGE = 431;

    private final TrackedHttpProtocol http;
    private final ConnectionTracker tracker;

    /** Of which a permit is held, while this processes requests; null for none. */
    private @Nullable Semaphore reserved;

    /** The status of a request whose head is too large; 0 for none. */
    private int tooLargeStatus;

    TrackedProcessor(TrackedHttpProtocol http, ConnectionTracker tracker) {
      super(http, http.getAdapter());
      this.http = http;
      this.tracker = tracker;
      request.setNote(PROCESSOR_NOTE, this);
    }

    boolean reserveCompression(Semaphore compressions) {
      if (reserved == null && compressions.tryAcquire()) {
        reserved = compressions;
      }
      return reserved != null;
    }

    /**
     * Gives a request whose head does not fit the buffer a status of its own: Tomcat answers 400,
     * and once more because the request lacks what does not fit, such as {@code Host}.
     *
     * <p>Closes a connection whose request arrives in the moment in which the connector stops.
     * Tomcat would not read its headers, then miss {@code Host} among them and answer 400.
     */
    @Override
    protected void setErrorState(ErrorState state, @Nullable Throwable cause) {
      if (cause instanceof IllegalArgumentException && HEAD_TOO_LARGE.equals(cause.getMessage())) {
        tooLargeStatus =
            request.requestURI().isNull()
                ? HttpServletResponse.SC_REQUEST_URI_TOO_LONG
                : REQUEST_HEADER_FIELDS_TOO_LARGE;
      }
      if (tooLargeStatus > 0 && response.getStatus() == HttpServletResponse.SC_BAD_REQUEST) {
        response.setStatus(tooLargeStatus);
      }
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
      SocketState state;
      try {
        state = super.service(wrapper);
      } finally {
        if (reserved != null) {
          reserved.release();
          reserved = null;
        }
        tooLargeStatus = 0;
      }
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
