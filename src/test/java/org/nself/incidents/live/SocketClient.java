package org.nself.incidents.live;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.Api;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client of graphql-transport-ws. */
final class SocketClient implements AutoCloseable, WebSocket.Listener {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final StringBuilder parts = new StringBuilder();
  private volatile String reason = "";
  private @Nullable WebSocket socket;

  private SocketClient() {}

  /** Opens a WebSocket with these headers and sends nothing yet. */
  static SocketClient connect(String url, Map<String, String> headers) {
    SocketClient client = new SocketClient();
    WebSocket.Builder builder = CLIENT.newWebSocketBuilder().subprotocols("graphql-transport-ws");
    headers.forEach(builder::header);
    client.socket =
        builder.buildAsync(URI.create(url.replaceFirst("^http", "ws") + "/graphql"), client).join();
    return client;
  }

  /** Opens a WebSocket and initialises the connection as this caller. */
  static SocketClient open(Api api) {
    SocketClient client = connect(api.url(), api.headers());
    client.send("{\"type\":\"connection_init\"}");
    client.expect("connection_ack");
    return client;
  }

  /** The status of a handshake that must be refused. */
  static int refusal(String url, Map<String, String> headers) {
    try (SocketClient _ = connect(url, headers)) {
      throw new AssertionError("The handshake was accepted: " + url);
    } catch (CompletionException e) {
      if (e.getCause() instanceof java.net.http.WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw e;
    }
  }

  void send(String message) {
    java.util.Objects.requireNonNull(socket).sendText(message, true).join();
  }

  void subscribe(String id, String query, String variables) {
    send(
        "{\"type\":\"subscribe\",\"id\":\"%s\",\"payload\":{\"query\":%s,\"variables\":%s}}"
            .formatted(id, JSON.writeValueAsString(query), variables));
  }

  JsonNode next() {
    @Nullable JsonNode message = poll(10_000);
    if (message == null) {
      throw new AssertionError("No message came within 10 s; closed: " + closed + " " + reason);
    }
    return message;
  }

  /** The next message, which must be of this type. */
  JsonNode expect(String type) {
    JsonNode message = next();
    if (!message.path("type").asString().equals(type)) {
      throw new AssertionError("Expected " + type + ", got " + message);
    }
    return message;
  }

  @Nullable JsonNode poll(long millis) {
    try {
      return messages.poll(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Waits for the server to close the socket, and returns the code. */
  int closeCode() {
    return closed.orTimeout(20, TimeUnit.SECONDS).join();
  }

  boolean isClosed() {
    return closed.isDone();
  }

  String reason() {
    return reason;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    parts.append(data);
    if (last) {
      messages.add(JSON.readTree(parts.toString()));
      parts.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String why) {
    reason = why;
    closed.complete(code);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    reason = String.valueOf(error);
    closed.complete(1006);
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.abort();
    }
  }
}
