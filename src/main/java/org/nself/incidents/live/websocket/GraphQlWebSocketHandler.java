package org.nself.incidents.live.websocket;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.live.ConnectionRegistry;
import org.nself.incidents.live.GraphQlOperationRunner;
import org.nself.incidents.live.LiveExecutors;
import org.nself.incidents.security.AuthenticationFilter;
import org.nself.incidents.security.Authenticator;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.UnknownCallerLimiter;
import org.nself.incidents.web.HeaderLookup;
import org.nself.incidents.web.InboundBudget;
import org.nself.incidents.web.RequestSizeLimitFilter;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.PongMessage;
import org.springframework.web.socket.SubProtocolCapable;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

/**
 * Handles the messages of graphql-transport-ws clients.
 *
 * <p>Spring's handler of the same name (Spring GraphQL 2.0.6) was tried. For each socket it keeps a
 * scheduler with a parked virtual thread, 7 KiB with keep-alive. But it accepts whole messages
 * only, for which Tomcat allocates the maximum size for each socket (2 MiB for messages of 1 MiB).
 * It closes with 4401 whatever the reason, after which clients do not reconnect. It limits neither
 * connections nor operations, does not check for pongs, and queues 256 results of a subscription
 * whatever their size.
 */
final class GraphQlWebSocketHandler extends AbstractWebSocketHandler implements SubProtocolCapable {

  private static final Logger log = LoggerFactory.getLogger(GraphQlWebSocketHandler.class);

  static final String PROTOCOL = "graphql-transport-ws";

  /** Of all messages before connection_init is accepted, which has a token at most. */
  private static final int MAX_UNKNOWN_BYTES = 16 * 1024;

  /** Counted for each part beside its text, so that empty ones cost something too. */
  private static final int PART_BYTES = 16;

  private static final String SOCKET = "nself.socket";
  private static final String PARTS = "nself.parts";
  private static final String SLOT = "nself.slot";

  /** The {@link Caller} of the handshake, from the quota of whose account the socket is. */
  private static final String ADMITTED = "nself.admitted";

  private final Authenticator authenticator;
  private final UnknownCallerLimiter unknownCallers;
  private final InboundBudget inbound;
  private final Duration initTimeout;
  private final ConnectionRegistry connections;
  private final GraphQlOperationRunner operations;
  private final GraphQlWsMessages messages;
  private final LiveExecutors executors;

  /**
   * @param initTimeout within which a client must send connection_init
   */
  GraphQlWebSocketHandler(
      Authenticator authenticator,
      UnknownCallerLimiter unknownCallers,
      InboundBudget inbound,
      Duration initTimeout,
      ConnectionRegistry connections,
      GraphQlOperationRunner operations,
      GraphQlWsMessages messages,
      LiveExecutors executors) {
    this.authenticator = authenticator;
    this.unknownCallers = unknownCallers;
    this.inbound = inbound;
    this.initTimeout = initTimeout;
    this.connections = connections;
    this.operations = operations;
    this.messages = messages;
    this.executors = executors;
  }

  @Override
  public List<String> getSubProtocols() {
    return List.of(PROTOCOL);
  }

  /** Allows small buffers in Tomcat; ours exist only while a message arrives in parts. */
  @Override
  public boolean supportsPartialMessages() {
    return true;
  }

  @Override
  public void afterConnectionEstablished(WebSocketSession session) {
    GraphQlWebSocketSession socket =
        new GraphQlWebSocketSession(session, operations, messages, executors);
    Map<String, Object> attributes = session.getAttributes();
    attributes.put(SOCKET, socket);
    try {
      if (attributes.get(Caller.ATTRIBUTE) instanceof Caller handshake) {
        connections.admit(handshake);
        attributes.put(ADMITTED, handshake);
      } else {
        attributes.put(
            SLOT,
            unknownCallers.acquire(
                String.valueOf(attributes.get(AuthenticationFilter.ADDRESS_ATTRIBUTE))));
      }
    } catch (ApiException e) {
      socket.close(overload(e));
      return;
    }
    if (!PROTOCOL.equals(session.getAcceptedProtocol())) {
      socket.close(new CloseStatus(4406, "Subprotocol not acceptable; use " + PROTOCOL));
      return;
    }
    executors.schedule(
        initTimeout,
        () -> {
          if (socket.caller() == null && session.isOpen()) {
            socket.close(new CloseStatus(4408, "Connection initialisation timeout"));
          }
        });
  }

  @Override
  protected void handlePongMessage(WebSocketSession session, PongMessage message) {
    socket(session).resetMissedPongs();
  }

  @Override
  protected void handleTextMessage(WebSocketSession session, TextMessage part) {
    GraphQlWebSocketSession socket = socket(session);
    socket.resetMissedPongs();
    String text = part.getPayload();
    if (socket.ignores(text.length() + PART_BYTES)) {
      return;
    }
    @Nullable Caller caller = socket.caller();
    if (caller == null && socket.countUnknown(text.length() + PART_BYTES) > MAX_UNKNOWN_BYTES) {
      socket.close(
          CloseStatus.TOO_BIG_TO_PROCESS.withReason(
              "Messages have at most 16 KiB in all until connection_init is accepted"));
      return;
    }
    String account = caller == null ? "" : caller.account();
    Map<String, Object> attributes = session.getAttributes();
    @Nullable MessageParts parts = (MessageParts) attributes.get(PARTS);
    try {
      if (parts == null && part.isLast()) {
        handle(
            session,
            socket,
            messages.read(text.getBytes(StandardCharsets.UTF_8), account),
            new MessageParts(null));
        return;
      }
      if (parts == null) {
        parts = new MessageParts(caller == null ? null : inbound.open(account));
        attributes.put(PARTS, parts);
      }
      parts.append(text);
      if (!session.isOpen()) {
        // It may have been closed before the parts were stored.
        parts.close();
      } else if (parts.length() > RequestSizeLimitFilter.MAX_BYTES) {
        socket.close(CloseStatus.TOO_BIG_TO_PROCESS.withReason("The message is larger than 1 MiB"));
      } else if (part.isLast()) {
        attributes.remove(PARTS);
        handle(session, socket, messages.read(parts.toBytes(), account), parts);
      }
    } catch (ApiException e) {
      if (parts != null) {
        attributes.remove(PARTS);
        parts.close();
      }
      socket.close(
          e.code() == ErrorCode.RATE_LIMITED || e.code() == ErrorCode.UNAVAILABLE
              ? overload(e)
              : new CloseStatus(4400, GraphQlWebSocketSession.reason(e.detail())));
    }
  }

  private static CloseStatus overload(ApiException e) {
    return CloseStatus.SERVICE_OVERLOAD.withReason(
        GraphQlWebSocketSession.reason(e.code().value() + ": " + e.detail()));
  }

  /** The protocol has only text; parts of binary messages would be ignored for ever. */
  @Override
  protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) {
    GraphQlWebSocketSession socket = socket(session);
    if (!socket.ignores(message.getPayloadLength() + PART_BYTES)) {
      socket.close(CloseStatus.NOT_ACCEPTABLE.withReason("Messages must be text"));
    }
  }

  /**
   * @param parts of which the message was made; closed when it has been handled, and where it
   *     starts an operation when that ends
   */
  private void handle(
      WebSocketSession session,
      GraphQlWebSocketSession socket,
      GraphQlWsMessages.Incoming message,
      MessageParts parts) {
    if (message.type().equals("subscribe")) {
      socket.subscribe(id(message), message.payload(), parts);
      return;
    }
    parts.close();
    switch (message.type()) {
      case "connection_init" -> init(session, socket, message.payload());
      case "ping" -> socket.pong();
      case "pong" -> {}
      case "complete" -> socket.complete(id(message));
      default ->
          throw ApiException.malformed(
              "Unknown message type; expected connection_init, ping, pong, subscribe or complete");
    }
  }

  private static String id(GraphQlWsMessages.Incoming message) {
    if (message.id() == null) {
      throw ApiException.malformed("id", "is missing");
    }
    return message.id();
  }

  /**
   * Credentials of the handshake take precedence over those of the message, and the two are never
   * combined: a client behind a trusted gateway must not choose its account.
   */
  private void init(
      WebSocketSession session,
      GraphQlWebSocketSession socket,
      Map<String, @Nullable Object> payload) {
    if (socket.caller() != null) {
      socket.close(new CloseStatus(4429, "Too many initialisation requests"));
      return;
    }
    Map<String, Object> attributes = session.getAttributes();
    Caller caller;
    if (attributes.containsKey(Caller.ATTRIBUTE)) {
      if (!(attributes.remove(ADMITTED) instanceof Caller handshake)) {
        // It has just been closed, or was never admitted.
        return;
      }
      caller = handshake;
    } else {
      try {
        caller = authenticate(attributes, payload);
      } catch (ApiException e) {
        socket.close(new CloseStatus(4403, GraphQlWebSocketSession.reason(e.detail())));
        return;
      }
      try {
        connections.admit(caller);
      } catch (ApiException e) {
        socket.close(overload(e));
        return;
      }
    }
    release(session);
    connections.register(socket, caller);
    socket.acknowledge(caller);
    if (!session.isOpen()) {
      connections.unregister(socket);
    }
  }

  private Caller authenticate(
      Map<String, Object> attributes, Map<String, @Nullable Object> payload) {
    try {
      return authenticator
          .authenticate(
              new InitHeaders(payload),
              String.valueOf(attributes.get(AuthenticationFilter.ADDRESS_ATTRIBUTE)))
          .caller();
    } catch (ApiException e) {
      throw e.code() == ErrorCode.UNAUTHENTICATED
              && attributes.get(AuthenticationFilter.REFUSAL_ATTRIBUTE)
                  instanceof ApiException refusal
          ? refusal
          : e;
    }
  }

  /** Headers in the payload, or in its member "headers" as clients of Hasura send them. */
  private record InitHeaders(Map<String, @Nullable Object> payload) implements HeaderLookup {
    @Override
    public @Nullable String get(String name) {
      @Nullable Object headers = payload.get("headers");
      Map<?, ?> members = headers instanceof Map<?, ?> map ? map : payload;
      @Nullable String found = null;
      for (Map.Entry<?, ?> member : members.entrySet()) {
        if (name.equalsIgnoreCase(String.valueOf(member.getKey()))
            && member.getValue() instanceof String value) {
          if (found != null) {
            throw ApiException.malformed(name, "is given more than once");
          }
          found = value;
        }
      }
      return found;
    }
  }

  @Override
  public void handleTransportError(WebSocketSession session, Throwable error) {
    log.debug("A WebSocket failed: {}", error.getMessage());
  }

  @Override
  public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
    GraphQlWebSocketSession socket = socket(session);
    socket.cancelOperations();
    connections.unregister(socket);
    release(session);
    if (session.getAttributes().remove(PARTS) instanceof MessageParts parts) {
      parts.close();
    }
  }

  /** The caller is known, or gone. */
  private void release(WebSocketSession session) {
    if (session.getAttributes().remove(ADMITTED) instanceof Caller handshake) {
      connections.cancelAdmission(handshake);
    }
    if (session.getAttributes().get(SLOT) instanceof UnknownCallerLimiter.Slot slot) {
      slot.close();
    }
  }

  private static GraphQlWebSocketSession socket(WebSocketSession session) {
    return (GraphQlWebSocketSession) Objects.requireNonNull(session.getAttributes().get(SOCKET));
  }
}
