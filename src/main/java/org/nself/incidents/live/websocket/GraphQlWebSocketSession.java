package org.nself.incidents.live.websocket;

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
import org.nself.incidents.live.ResultSubscriber;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PingMessage;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;

/**
 * One WebSocket that speaks graphql-transport-ws. Operations run on virtual threads of their own,
 * which write one message after another; a socket that takes none makes them wait.
 */
public final class GraphQlWebSocketSession implements LiveConnection {

  private static final Logger log = LoggerFactory.getLogger(GraphQlWebSocketSession.class);

  /** Operations that may run at once. */
  public static final int MAX_OPERATIONS = 100;

  /** Heartbeats without an answer after which a client is dead. */
  private static final int MAX_MISSED_PONGS = 2;

  private static final Duration CLOSE_WAIT = Duration.ofMillis(200);

  private final WebSocketSession session;
  private final GraphQlOperationRunner operations;
  private final GraphQlWsMessages messages;
  private final ReentrantLock writing = new ReentrantLock();
  private final AtomicInteger missedPongs = new AtomicInteger();

  // Guarded by this.
  private final Map<String, ResultSubscriber> running = new HashMap<>(4);
  private @Nullable Caller caller;
  private boolean cancelOperations;

  GraphQlWebSocketSession(
      WebSocketSession session, GraphQlOperationRunner operations, GraphQlWsMessages messages) {
    this.session = session;
    this.operations = operations;
    this.messages = messages;
  }

  /** Null until the client has said who it is. */
  synchronized @Nullable Caller caller() {
    return caller;
  }

  /** Says that the client may begin. */
  void acknowledge(Caller known) {
    synchronized (this) {
      caller = known;
    }
    send(GraphQlWsMessages.ACK);
  }

  /** The client has given a sign of life. */
  void resetMissedPongs() {
    missedPongs.set(0);
  }

  void pong() {
    send(GraphQlWsMessages.PONG);
  }

  /** Begins an operation; its id must be free. */
  void subscribe(String id, Map<String, @Nullable Object> payload) {
    Operation operation = new Operation(id);
    ResultSubscriber subscriber = operation.subscriber;
    Caller known;
    synchronized (this) {
      if (cancelOperations) {
        return;
      }
      if (caller == null) {
        close(new CloseStatus(4401, "Unauthorized"));
        return;
      }
      known = caller;
      if (running.containsKey(id)) {
        close(new CloseStatus(4409, reason("Subscriber for " + id + " already exists")));
        return;
      }
      if (running.size() >= MAX_OPERATIONS) {
        ApiException tooMany =
            ApiException.of(
                ErrorCode.RATE_LIMITED,
                "This connection has %d operations, as many as it may; complete some"
                    .formatted(MAX_OPERATIONS));
        send(messages.error(id, operations.errors(tooMany)));
        return;
      }
      running.put(id, subscriber);
    }
    operations.run(known, id, payload, subscriber, operation);
  }

  /** Ends an operation, where it still runs. */
  void complete(String id) {
    @Nullable ResultSubscriber ending;
    synchronized (this) {
      ending = running.remove(id);
    }
    if (ending != null) {
      ending.close();
    }
  }

  private void send(String message) {
    try {
      sendOrFail(message);
    } catch (IOException e) {
      log.debug("A client is gone: {}", e.getMessage());
      close(CloseStatus.SESSION_NOT_RELIABLE);
    }
  }

  private void sendOrFail(String message) throws IOException {
    writing.lock();
    try {
      if (!session.isOpen()) {
        throw new IOException("The socket is closed");
      }
      session.sendMessage(new TextMessage(message));
    } catch (IllegalStateException e) {
      // How Tomcat says that it was closed a moment ago.
      throw new IOException(e);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void heartbeat() {
    if (missedPongs.get() >= MAX_MISSED_PONGS) {
      log.debug("A client does not answer any more");
      close(CloseStatus.SESSION_NOT_RELIABLE);
      return;
    }
    if (!writing.tryLock()) {
      // Something is being written, which has a timeout of its own.
      return;
    }
    missedPongs.incrementAndGet();
    try {
      session.sendMessage(new PingMessage());
    } catch (IOException | IllegalStateException e) {
      log.debug("A client is gone: {}", e.getMessage());
      close(CloseStatus.SESSION_NOT_RELIABLE);
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void close(CloseReason ending) {
    close(
        switch (ending) {
          // Clients take 4401 as final; after this one they come back with a new token.
          case EXPIRED -> new CloseStatus(4403, "The credentials have expired");
          case GOING_AWAY -> CloseStatus.GOING_AWAY.withReason("The service is stopping");
        });
  }

  void close(CloseStatus status) {
    cancelOperations();
    boolean alone = tryWriting();
    try {
      session.close(status);
    } catch (IOException | IllegalStateException e) {
      log.debug("A socket did not close: {}", e.getMessage());
    } finally {
      if (alone) {
        writing.unlock();
      }
    }
  }

  /**
   * Lets a message that is being written get to its end: Tomcat drops the close frame that comes in
   * the midst of one, and the client would not learn why. A client that takes nothing is not waited
   * for.
   */
  private boolean tryWriting() {
    try {
      return writing.tryLock(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends all operations: the socket is closed. May be repeated. */
  void cancelOperations() {
    List<ResultSubscriber> ending;
    synchronized (this) {
      cancelOperations = true;
      ending = List.copyOf(running.values());
      running.clear();
    }
    ending.forEach(ResultSubscriber::close);
  }

  /** A close frame has room for 123 bytes. */
  static String reason(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100);
  }

  /** One operation's way to the client. */
  private final class Operation implements ResultSubscriber.ResultSink {
    private final String id;
    private final ResultSubscriber subscriber = new ResultSubscriber(this);

    Operation(String id) {
      this.id = id;
    }

    @Override
    public void next(ExecutionResult result) throws IOException {
      if (isRunning()) {
        sendOrFail(messages.next(id, result));
      }
    }

    /** The client may have ended it, and given its id to another one. */
    private boolean isRunning() {
      synchronized (GraphQlWebSocketSession.this) {
        return running.get(id) == subscriber;
      }
    }

    @Override
    public void error(List<GraphQLError> errors) {
      if (isOver()) {
        send(messages.error(id, errors));
      }
    }

    @Override
    public void complete() {
      if (isOver()) {
        send(messages.complete(id));
      }
    }

    private boolean isOver() {
      synchronized (GraphQlWebSocketSession.this) {
        return running.remove(id, subscriber);
      }
    }

    @Override
    public void disconnected() {
      close(CloseStatus.SESSION_NOT_RELIABLE);
    }
  }
}
