package org.nself.incidents.live.websocket;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import graphql.ExecutionResult;
import graphql.GraphQLError;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.GraphQlOperationRunner;
import org.nself.incidents.live.LiveConnection;
import org.nself.incidents.live.LiveExecutors;
import org.nself.incidents.live.ResultSubscriber;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.connection.ClientConnection;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;

/**
 * One graphql-transport-ws connection. Operations run in virtual threads of their own, which write
 * one message after another and block while the client does not read.
 */
public final class GraphQlWebSocketSession implements LiveConnection {

  private static final Logger log = LoggerFactory.getLogger(GraphQlWebSocketSession.class);

  /** Concurrent operations of a connection. */
  public static final int MAX_OPERATIONS = 100;

  /** Unanswered pings after which the connection is closed. */
  private static final int MAX_MISSED_PONGS = 2;

  /** How long closing waits for a message that is being written. */
  private static final Duration CLOSE_WAIT = Duration.ofMillis(200);

  /** How long a client may take to read the close frame. */
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  /** What a client may still send after the close frame, which it may not have read yet. */
  private static final int MAX_IGNORED_BYTES = 2 * 1024 * 1024;

  private static final int MAX_IGNORED_UNKNOWN_BYTES = 64 * 1024;

  private final WebSocketSession session;
  private final GraphQlOperationRunner operations;
  private final GraphQlWsMessages messages;
  private final LiveExecutors executors;
  private final ReentrantLock writing = new ReentrantLock();
  private final AtomicInteger missedPongs = new AtomicInteger();

  @GuardedBy("this")
  private final Map<String, Running> running = new HashMap<>(4);

  @GuardedBy("this")
  private @Nullable Caller caller;

  /** No operation may start any more. */
  @GuardedBy("this")
  private boolean closed;

  /** The close frame is sent, or about to be. */
  @GuardedBy("this")
  private boolean closing;

  /** Of messages before the caller is known. */
  @GuardedBy("this")
  private int unknownBytes;

  /** Of messages after the close frame. */
  @GuardedBy("this")
  private int ignoredBytes;

  /**
   * An operation.
   *
   * @param message what its message takes of the inbound budget
   */
  private record Running(ResultSubscriber subscriber, MessageParts message) {
    void end() {
      subscriber.close();
      message.close();
    }
  }

  GraphQlWebSocketSession(
      WebSocketSession session,
      GraphQlOperationRunner operations,
      GraphQlWsMessages messages,
      LiveExecutors executors) {
    this.session = session;
    this.operations = operations;
    this.messages = messages;
    this.executors = executors;
  }

  /** Adds to the bytes that have arrived before the caller is known, and returns them. */
  synchronized int countUnknown(int bytes) {
    unknownBytes += bytes;
    return unknownBytes;
  }

  /**
   * Whether a part of a message is to be ignored, because the socket is being closed. A client that
   * goes on sending for long is disconnected at once.
   */
  boolean ignores(int bytes) {
    boolean tooMuch;
    synchronized (this) {
      if (!closing) {
        return false;
      }
      ignoredBytes += bytes;
      tooMuch = ignoredBytes > (caller == null ? MAX_IGNORED_UNKNOWN_BYTES : MAX_IGNORED_BYTES);
    }
    if (tooMuch) {
      disconnect();
    }
    return true;
  }

  /** Null until connection_init. */
  synchronized @Nullable Caller caller() {
    return caller;
  }

  /** Answers connection_init. */
  void acknowledge(Caller authenticated) {
    synchronized (this) {
      caller = authenticated;
    }
    send(GraphQlWsMessages.ACK);
  }

  /** The client has sent something. */
  void resetMissedPongs() {
    missedPongs.set(0);
  }

  void pong() {
    send(GraphQlWsMessages.PONG);
  }

  /**
   * Starts an operation under an id that is not in use.
   *
   * @param message closed when the operation has ended
   */
  void subscribe(String id, Map<String, @Nullable Object> payload, MessageParts message) {
    Operation operation = new Operation(id);
    ResultSubscriber subscriber = operation.subscriber;
    Caller authenticated;
    synchronized (this) {
      if (closed) {
        message.close();
        return;
      }
      if (caller == null) {
        message.close();
        close(new CloseStatus(4401, "Unauthorized"));
        return;
      }
      authenticated = caller;
      if (running.containsKey(id)) {
        message.close();
        close(new CloseStatus(4409, reason("Subscriber for " + id + " already exists")));
        return;
      }
      if (running.size() >= MAX_OPERATIONS) {
        message.close();
        ApiException tooMany =
            ApiException.of(
                ErrorCode.RATE_LIMITED,
                "This connection has %d operations, the maximum; complete some"
                    .formatted(MAX_OPERATIONS));
        send(messages.error(id, operations.errors(tooMany)));
        return;
      }
      running.put(id, new Running(subscriber, message));
    }
    operations.run(authenticated, id, payload, subscriber, operation);
  }

  /** Ends an operation if it still runs. */
  void complete(String id) {
    @Nullable Running ending;
    synchronized (this) {
      ending = running.remove(id);
    }
    if (ending != null) {
      ending.end();
    }
  }

  private void send(String message) {
    try {
      sendOrFail(message);
    } catch (IOException e) {
      log.debug("A client is disconnected: {}", e.getMessage());
      close(CloseStatus.SESSION_NOT_RELIABLE);
    }
  }

  private void sendOrFail(String message) throws IOException {
    writing.lock();
    try {
      if (!session.isOpen()) {
        throw new IOException("The WebSocket is closed");
      }
      session.sendMessage(new TextMessage(message));
    } catch (IllegalStateException e) {
      // Tomcat throws this if the socket was closed concurrently.
      throw new IOException(e);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void heartbeat() {
    if (missedPongs.get() >= MAX_MISSED_PONGS) {
      log.debug("A client has not answered {} pings", MAX_MISSED_PONGS);
      close(CloseStatus.SESSION_NOT_RELIABLE);
      return;
    }
    if (!writing.tryLock()) {
      // A message is being written; that has a timeout of its own.
      return;
    }
    missedPongs.incrementAndGet();
    try {
      session.sendMessage(new PingMessage());
    } catch (IOException | IllegalStateException e) {
      log.debug("A client is disconnected: {}", e.getMessage());
      close(CloseStatus.SESSION_NOT_RELIABLE);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close(CloseReason ending) {
    close(
        switch (ending) {
          // Clients do not reconnect after 4401; after this code they do, with a new token.
          case EXPIRED -> new CloseStatus(4403, "The credentials have expired");
          case GOING_AWAY -> CloseStatus.GOING_AWAY.withReason("The service is stopping");
        });
  }

  /**
   * Only the first call has an effect: a client may cause more of them until it is disconnected.
   */
  void close(CloseStatus status) {
    synchronized (this) {
      if (closing) {
        return;
      }
      closing = true;
    }
    cancelOperations();
    disconnectLater();
    boolean locked = tryLockWriting();
    try {
      session.close(status);
    } catch (IOException | IllegalStateException e) {
      log.debug("Closing a WebSocket failed: {}", e.getMessage());
    } finally {
      if (locked) {
        writing.unlock();
      }
    }
  }

  /** Of a client that does not answer the close frame; Tomcat would wait for 30 s. */
  private void disconnectLater() {
    var _ = executors.schedule(CLOSE_TIMEOUT, this::disconnect);
  }

  private void disconnect() {
    if (session.getAttributes().get(ClientConnection.ATTRIBUTE)
        instanceof ClientConnection connection) {
      connection.disconnect();
    }
  }

  /**
   * Waits until a message that is being written is complete: Tomcat drops a close frame in the
   * middle of one, and the client would not get the reason. The wait is short, for the client may
   * not be reading.
   */
  private boolean tryLockWriting() {
    try {
      return writing.tryLock(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends all operations: the socket is closed. Idempotent. */
  void cancelOperations() {
    List<Running> ending;
    synchronized (this) {
      closed = true;
      ending = List.copyOf(running.values());
      running.clear();
    }
    ending.forEach(Running::end);
  }

  /** Shortens a reason: a close frame has room for 123 bytes. */
  static String reason(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100);
  }

  private final class Operation implements ResultSubscriber.ResultSink {
    private final String id;
    private final ResultSubscriber subscriber = new ResultSubscriber(this);

    Operation(String id) {
      this.id = id;
    }

    @Override
    public void next(ExecutionResult result) throws IOException {
      if (isRunning()) {
        String message = messages.next(id, result);
        operations.beforeWrite();
        sendOrFail(message);
      }
    }

    /** False also if the client completed it and gave its id to another operation. */
    private boolean isRunning() {
      synchronized (GraphQlWebSocketSession.this) {
        @Nullable Running current = running.get(id);
        return current != null && current.subscriber() == subscriber;
      }
    }

    @Override
    public void error(List<GraphQLError> errors) {
      if (remove()) {
        send(messages.error(id, errors));
      }
    }

    @Override
    public void complete() {
      if (remove()) {
        send(messages.complete(id));
      }
    }

    private boolean remove() {
      @Nullable Running current;
      synchronized (GraphQlWebSocketSession.this) {
        current = running.get(id);
        if (current == null || current.subscriber() != subscriber) {
          return false;
        }
        running.remove(id);
      }
      current.message().close();
      return true;
    }

    @Override
    public void disconnected() {
      close(CloseStatus.SESSION_NOT_RELIABLE);
    }
  }
}
