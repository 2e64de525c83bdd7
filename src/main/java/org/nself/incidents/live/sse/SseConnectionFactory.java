package org.nself.incidents.live.sse;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.ConnectionRegistry;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.error.ApiException;

/** Turns requests into event streams. */
public final class SseConnectionFactory {

  private static final String TYPE = "text/event-stream;charset=UTF-8";

  /** How long a browser waits before it connects again, where it lost us without a goodbye. */
  private static final String RETRY = "retry: 2000\n\n";

  private final ConnectionRegistry connections;

  public SseConnectionFactory(ConnectionRegistry connections) {
    this.connections = connections;
  }

  /**
   * Answers a request with a stream.
   *
   * @param begin begins to write once the head is out; what it returns is closed when the stream
   *     has ended
   * @throws ApiException {@code rate_limited} or {@code unavailable}, with nothing written
   */
  public void open(
      HttpServletRequest request,
      HttpServletResponse response,
      Caller caller,
      String greeting,
      Function<SseConnection, AutoCloseable> begin)
      throws IOException {
    if (request.getMethod().equals("HEAD")) {
      response.setContentType(TYPE);
      return;
    }
    connections.admit(caller);
    Opening opening = new Opening(begin);
    SseConnection stream;
    try {
      stream = request.upgrade(SseConnection.class);
    } catch (ServletException | RuntimeException e) {
      connections.cancelAdmission(caller);
      throw new IllegalStateException("Tomcat cannot make an event stream", e);
    }
    stream.prepare(
        () -> opening.opened(stream),
        () -> {
          connections.unregister(stream);
          opening.closed();
        });
    connections.register(stream, caller);
    // Tomcat supposes a change of protocol; but it is still HTTP, whose body never ends.
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType(TYPE);
    response.setHeader("Cache-Control", "no-store");
    // nginx must not wait for more.
    response.setHeader("X-Accel-Buffering", "no");
    response.setHeader("Connection", "close");
    try {
      response.getOutputStream().write(SseConnection.utf8(RETRY + greeting));
      response.flushBuffer();
    } catch (IOException e) {
      stream.close();
      throw e;
    }
  }

  /** What runs while the stream is open. The end may come before the beginning is done. */
  private static final class Opening {
    private final Function<SseConnection, AutoCloseable> begin;
    private @Nullable AutoCloseable running;
    private boolean closed;

    Opening(Function<SseConnection, AutoCloseable> begin) {
      this.begin = begin;
    }

    void opened(SseConnection stream) {
      AutoCloseable begun = begin.apply(stream);
      synchronized (this) {
        if (!closed) {
          running = begun;
          return;
        }
      }
      close(begun);
    }

    void closed() {
      @Nullable AutoCloseable ending;
      synchronized (this) {
        closed = true;
        ending = running;
      }
      if (ending != null) {
        close(ending);
      }
    }

    private static void close(AutoCloseable ending) {
      try {
        ending.close();
      } catch (Exception e) {
        throw new IllegalStateException("What a stream carried did not end", e);
      }
    }
  }
}
