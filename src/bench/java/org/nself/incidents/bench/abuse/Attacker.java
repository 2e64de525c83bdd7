package org.nself.incidents.bench.abuse;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.HasuraTokens;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A caller over HTTP and raw sockets, from a loopback address of its own, that counts what it is
 * answered. Closing it closes its connections.
 */
final class Attacker implements AutoCloseable {

  static final String NOBODY = "";
  static final String VIEWER = "viewer";
  static final String USER = "user";
  static final String ADMIN = "admin";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** An answer's beginning is kept, the rest is read and dropped. */
  private static final int KEPT = 1 << 20;

  private final InetAddress address;
  private final int port;
  private final String account;
  private final EchoServer echo;
  private final HttpClient client;
  private final Map<String, String> tokens = new ConcurrentHashMap<>();
  private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private final Queue<String> leaks = new ConcurrentLinkedQueue<>();

  Attacker(String address, int port, String account, EchoServer echo) throws IOException {
    this.address = InetAddress.getByName(address);
    this.port = port;
    this.account = account;
    this.echo = echo;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .localAddress(this.address)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
  }

  record AttackResponse(int status, String text) {
    JsonNode json() {
      return JSON.readTree(text);
    }

    String text(String member) {
      return json().path(member).asString();
    }
  }

  EchoServer echo() {
    return echo;
  }

  AttackResponse get(String role, String path) throws IOException, InterruptedException {
    return send(role, "GET", path, null, "");
  }

  AttackResponse post(String role, String path, String json)
      throws IOException, InterruptedException {
    return send(role, "POST", path, "application/json", json);
  }

  AttackResponse graphql(String role, String query) throws IOException, InterruptedException {
    return post(role, "/graphql", "{\"query\":" + JSON.writeValueAsString(query) + "}");
  }

  /** Creates something and returns its id. */
  String create(String path, String json) throws IOException, InterruptedException {
    AttackResponse answer = post(ADMIN, path, json);
    if (answer.status() != 201) {
      throw new IllegalStateException(
          "%s answered %d: %.300s".formatted(path, answer.status(), answer.text()));
    }
    return answer.text("id");
  }

  AttackResponse send(String role, String method, String path, @Nullable String type, String body)
      throws IOException, InterruptedException {
    return request(method, path, type, body, role.equals(NOBODY) ? null : "Bearer " + token(role));
  }

  /** Sends a request with these credentials; null for none. */
  AttackResponse request(
      String method,
      String path,
      @Nullable String type,
      String body,
      @Nullable String authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(60))
            .method(method, type == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (type != null) {
      request.header("Content-Type", type);
    }
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
    try (InputStream stream = response.body()) {
      AttackResponse answer =
          new AttackResponse(
              response.statusCode(), new String(stream.readNBytes(KEPT), StandardCharsets.UTF_8));
      stream.transferTo(OutputStream.nullOutputStream());
      // GraphQL answers an internal error with 200.
      boolean internal = answer.text().contains("\"code\":\"internal\"");
      count(internal ? 500 : answer.status());
      return answer;
    }
  }

  private void count(int status) {
    statuses.computeIfAbsent(status, key -> new AtomicInteger()).incrementAndGet();
  }

  String token(String role) {
    return tokens.computeIfAbsent(
        role, key -> HasuraTokens.of(account, key, key, Duration.ofHours(2), Map.of()));
  }

  /** Credentials for another account, as an issuer gives out that anybody can sign up with. */
  static String authorizationOf(String account) {
    return "Bearer " + HasuraTokens.of(account, VIEWER, VIEWER);
  }

  /** The header lines that say who calls. */
  String credentials(String role) {
    return role.equals(NOBODY) ? "" : "Authorization: Bearer " + token(role) + "\r\n";
  }

  int openSockets() {
    return sockets.size();
  }

  /**
   * Connects and sends text, if there are not yet so many connections; else waits a little.
   *
   * @param receiveBuffer in bytes; 0 for the system's
   */
  @Nullable Socket open(int atMost, int receiveBuffer, String text)
      throws IOException, InterruptedException {
    if (sockets.size() >= atMost) {
      // All sockets are open: the attack holds them, and must not spin.
      Thread.sleep(50);
      return null;
    }
    Socket socket = new Socket();
    sockets.add(socket);
    if (receiveBuffer > 0) {
      socket.setReceiveBufferSize(receiveBuffer);
    }
    socket.bind(new InetSocketAddress(address, 0));
    socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
    socket.setSoTimeout(10_000);
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** Opens a WebSocket, if there are not yet so many connections. */
  @Nullable Socket webSocket(int atMost, String role) throws IOException, InterruptedException {
    Socket socket =
        open(
            atMost,
            0,
            "GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
                + credentials(role)
                + "\r\n");
    if (socket == null) {
      return null;
    }
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the connection was closed");
      }
      head.append((char) next);
    }
    int status = Integer.parseInt(head.substring(9, 12));
    count(status);
    if (status != 101) {
      socket.close();
      throw new IOException("WebSocket refused with " + status);
    }
    return socket;
  }

  /** Sends a frame of a text message. */
  static void frame(Socket socket, boolean first, boolean last, String text) throws IOException {
    socket.getOutputStream().write(frame((last ? 0x80 : 0) | (first ? 1 : 0), text));
  }

  /** Sends frames until the service ends the connection; reads and drops what it answers. */
  static void flood(Socket socket, byte[] frames) throws IOException {
    drain(socket);
    ByteBuffer many = ByteBuffer.allocate(Math.max(1, 16_384 / frames.length) * frames.length);
    while (many.hasRemaining()) {
      many.put(frames);
    }
    while (!socket.isClosed()) {
      socket.getOutputStream().write(many.array());
    }
  }

  /**
   * A frame, masked with zeros.
   *
   * @param head its first byte: 0x80 for the last one of a message, and the opcode
   */
  static byte[] frame(int head, String text) {
    byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) head);
    if (payload.length < 126) {
      frame.put((byte) (0x80 | payload.length));
    } else if (payload.length < 65_536) {
      frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (0x80 | 127)).putLong(payload.length);
    }
    frame.putInt(0).put(payload);
    return Arrays.copyOf(frame.array(), frame.position());
  }

  /** Reads and drops what comes, in a thread of its own. */
  static void drain(Socket socket) {
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                socket.setSoTimeout(0);
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                // The attack is over, or the service closed the connection, as it may.
              }
            });
  }

  void leaked(String where) {
    leaks.add(where);
  }

  Collection<String> leaks() {
    return leaks;
  }

  int count500() {
    AtomicInteger count = statuses.get(500);
    return count == null ? 0 : count.get();
  }

  /** How often each status came, such as {@code 200: 12, 429: 3}. */
  String statuses() {
    return statuses.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .reduce((left, right) -> left + ", " + right)
        .orElse("");
  }

  /** Ends the attack: closes all connections; what was counted stays. */
  void disconnect() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    client.shutdownNow();
  }

  @Override
  public void close() throws IOException {
    disconnect();
  }
}
