package org.nself.incidents.live.sse;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.ConnectionRegistry;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Permission;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;

/** Answers requests with streams of Server-Sent Events. */
public final class SseConnectionFactory {

  private static final String CONTENT_TYPE = "text/event-stream;charset=UTF-8";

  /** How long a browser waits before it reconnects, if the connection broke without a close. */
  private static final String RETRY = "retry: 2000\n\n";

  private final ConnectionRegistry connections;
  private final LiveService live;

  SseConnectionFactory(ConnectionRegistry connections, LiveService live) {
    this.connections = connections;
    this.live = live;
  }

  /** How polyfills of EventSource write it, which cannot set the header. */
  private static final List<String> LAST_EVENT_ID_PARAMETERS =
      List.of("lastEventId", "last_event_id", "evs_last_event_id");

  /**
   * What a client resumes from.
   *
   * @param field the header or the parameter that it is in
   */
  public record LastEventId(String field, String value) {}

  /**
   * The Last-Event-ID to resume from, also as a query parameter; null where there is none. It takes
   * precedence over the other parameters, which a client repeats unchanged when it reconnects.
   *
   * @param query of the request; the parameter is allowed in it
   */
  public static @Nullable LastEventId lastEventId(HttpServletRequest request, InputReader query) {
    LAST_EVENT_ID_PARAMETERS.forEach(query::allow);
    @Nullable String header = request.getHeader("Last-Event-ID");
    if (header != null && !header.isEmpty()) {
      return new LastEventId("Last-Event-ID", header);
    }
    for (String parameter : LAST_EVENT_ID_PARAMETERS) {
      @Nullable String id = request.getParameter(parameter);
      if (id != null && !id.isEmpty()) {
        return new LastEventId(parameter, id);
      }
    }
    return null;
  }

  /**
   * Answers a request with the entries of a topic.
   *
   * @param preamble the first part of the stream
   * @param frame encodes an entry, see {@link SseFrame}
   * @throws ApiException {@code forbidden}, {@code rate_limited}, or {@code unavailable} while the
   *     process stops; nothing is written then
   */
  public <E> void stream(
      HttpServletRequest request,
      HttpServletResponse response,
      Caller caller,
      LiveService.TopicPosition<E> from,
      String preamble,
      Function<E, byte[]> frame)
      throws IOException {
    caller.requirePermission(Permission.READ);
    open(
        request,
        response,
        caller,
        preamble,
        connection -> live.subscribe(caller, from, new SseSubscriber<>(connection, frame)));
  }

  /**
   * Answers a request with a stream.
   *
   * @param start starts writing once the response's head is sent; the result is closed when the
   *     connection has ended
   * @throws ApiException {@code rate_limited} or {@code unavailable}; nothing is written then
   */
  public void open(
      HttpServletRequest request,
      HttpServletResponse response,
      Caller caller,
      String preamble,
      Function<SseConnection, AutoCloseable> start)
      throws IOException {
    if (request.getMethod().equals("HEAD")) {
      response.setContentType(CONTENT_TYPE);
      return;
    }
    connections.admit(caller);
    Source source = new Source(start);
    SseConnection connection;
    try {
      connection = request.upgrade(SseConnection.class);
    } catch (ServletException | RuntimeException e) {
      connections.cancelAdmission(caller);
      throw new IllegalStateException("Tomcat cannot hand over the connection", e);
    }
    connection.prepare(
        () -> source.open(connection),
        () -> {
          connections.unregister(connection);
          source.close();
        });
    connections.register(connection, caller);
    // Tomcat expects a change of protocol, but this is HTTP with a body that does not end.
    response.setStatus(HttpServletResponse.SC_OK);
    response.setContentType(CONTENT_TYPE);
    response.setHeader("Cache-Control", "no-store");
    // Disables buffering in nginx.
    response.setHeader("X-Accel-Buffering", "no");
    response.setHeader("Connection", "close");
    try {
      response.getOutputStream().write(SseConnection.utf8(RETRY + preamble));
      response.flushBuffer();
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  /** What writes to a connection while it is open. It may be closed before it is opened. */
  private static final class Source {

    private final Function<SseConnection, AutoCloseable> start;

    @GuardedBy("this")
    private @Nullable AutoCloseable running;

    @GuardedBy("this")
    private boolean closed;

    Source(Function<SseConnection, AutoCloseable> start) {
      this.start = start;
    }

    void open(SseConnection connection) {
      AutoCloseable started = start.apply(connection);
      synchronized (this) {
        if (!closed) {
          running = started;
          return;
        }
      }
      close(started);
    }

    void close() {
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
        throw new IllegalStateException("Closing the source of a stream failed", e);
      }
    }
  }
}
