package org.nself.incidents.contract;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.Api;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A connection that sends any bytes, which clients of libraries refuse to send. */
final class KeepAliveConnection implements AutoCloseable {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int TIMEOUT_MILLIS = 30_000;

  private final int port;
  private @Nullable Socket socket;

  KeepAliveConnection(int port) {
    this.port = port;
  }

  /** Sends the request once; on a connection that the server has closed, again on a new one. */
  Api.Response send(GeneratedRequest request) throws IOException {
    byte[] bytes = request.bytes();
    boolean isNew = socket == null;
    try {
      return exchange(bytes, request.method());
    } catch (IOException e) {
      close();
      if (isNew) {
        throw e;
      }
      return exchange(bytes, request.method());
    }
  }

  private Api.Response exchange(byte[] bytes, String method) throws IOException {
    Socket current = socket;
    if (current == null) {
      current = new Socket(InetAddress.getLoopbackAddress(), port);
      current.setSoTimeout(TIMEOUT_MILLIS);
      current.setTcpNoDelay(true);
      socket = current;
    }
    InputStream input = new BufferedInputStream(current.getInputStream());
    try {
      current.getOutputStream().write(bytes);
      current.getOutputStream().flush();
    } catch (IOException e) {
      // The response may be there already: a server need not read a body that it refuses.
    }
    int status = Integer.parseInt(line(input).split(" ", -1)[1]);
    Map<String, String> headers = new HashMap<>();
    for (String line = line(input); !line.isEmpty(); line = line(input)) {
      int colon = line.indexOf(':');
      headers.putIfAbsent(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    String type = headers.getOrDefault("content-type", "");
    byte[] body = new byte[0];
    boolean stream = type.startsWith("text/event-stream");
    if (!stream && !method.equals("HEAD") && status != 204 && status != 304) {
      body = body(input, headers);
    }
    if (stream || "close".equalsIgnoreCase(headers.get("connection"))) {
      close();
    }
    String text = new String(body, StandardCharsets.UTF_8);
    return new Api.Response(status, headers, text, json(type, text));
  }

  private static JsonNode json(String type, String text) throws IOException {
    if (!type.contains("json") || text.isEmpty()) {
      return JSON.missingNode();
    }
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      throw new IOException("The response is not JSON: " + text, e);
    }
  }

  private static byte[] body(InputStream input, Map<String, String> headers) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
      while (true) {
        int size = Integer.parseInt(line(input).split(";", -1)[0].strip(), 16);
        body.write(input.readNBytes(size));
        line(input);
        if (size == 0) {
          return body.toByteArray();
        }
      }
    }
    String length = headers.get("content-length");
    return length == null ? input.readAllBytes() : input.readNBytes(Integer.parseInt(length));
  }

  private static String line(InputStream input) throws IOException {
    StringBuilder line = new StringBuilder();
    while (true) {
      int c = input.read();
      if (c < 0) {
        throw new EOFException("The connection ended after: " + line);
      }
      if (c == '\n') {
        return line.toString();
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
  }

  @Override
  public void close() {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is not used any more.
      }
      socket = null;
    }
  }
}
