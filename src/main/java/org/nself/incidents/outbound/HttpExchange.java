package org.nself.incidents.outbound;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultBHttpClientConnection;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.io.CloseMode;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer, on a connection of its own. That costs a handshake, and no request is
 * ever lost on a connection that the server has just closed.
 */
final class HttpExchange {

  private static final Http1Config LIMITS =
      Http1Config.custom()
          .setMaxLineLength(16 * 1024)
          .setMaxHeaderCount(100)
          .setMaxEmptyLineCount(5)
          .build();

  private static final int MAX_HEADERS = 64 * 1024;

  private static final HttpRequestExecutor EXECUTOR = new HttpRequestExecutor();

  private final CallState attempt;
  private final Supplier<SSLSocketFactory> tls;

  HttpExchange(CallState attempt, Supplier<SSLSocketFactory> tls) {
    this.attempt = attempt;
    this.tls = tls;
  }

  /** What came back. */
  record Result(int status, Map<String, String> headers, ResponseBody body) {}

  /**
   * @param addresses those that were checked; no other is connected to
   */
  Result send(
      Destination target,
      InetAddress[] addresses,
      String method,
      Map<String, String> headers,
      byte @Nullable [] body)
      throws OutboundFailure, IOException, HttpException {
    try (Socket plain = connect(target, addresses);
        DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(LIMITS)) {
      if (target.secure()) {
        connection.bind(secured(plain, target), plain);
      } else {
        connection.bind(plain);
      }
      attempt.sending();
      try {
        // Neither the response nor its stream is closed: that would read on to the end of it.
        return result(
            method,
            EXECUTOR.execute(
                request(target, method, headers, body), connection, HttpCoreContext.create()));
      } finally {
        connection.close(CloseMode.IMMEDIATE);
      }
    }
  }

  private Socket connect(Destination target, InetAddress[] addresses) throws IOException {
    @Nullable IOException failure = null;
    for (InetAddress address : addresses) {
      // A proxy would look up the name once more.
      Socket socket = new Socket(Proxy.NO_PROXY);
      attempt.uses(socket);
      try {
        socket.connect(new InetSocketAddress(address, target.port()));
        socket.setTcpNoDelay(true);
        return socket;
      } catch (IOException e) {
        socket.close();
        failure = e;
      }
    }
    throw failure == null ? new IOException("no address") : failure;
  }

  private SSLSocket secured(Socket plain, Destination target) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            tls.get().createSocket(plain, target.name(), target.port(), /* autoClose= */ true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static BasicClassicHttpRequest request(
      Destination target, String method, Map<String, String> headers, byte @Nullable [] body) {
    BasicClassicHttpRequest request = new BasicClassicHttpRequest(method, target.path());
    request.setHeader("Host", target.authority());
    request.setHeader("User-Agent", "nself-incident-mgmt");
    request.setHeader("Accept", "*/*");
    headers.forEach(request::setHeader);
    request.setHeader("Accept-Encoding", "identity");
    request.setHeader("Connection", "close");
    if (body != null) {
      request.setEntity(new ByteArrayEntity(body, null));
      request.setHeader("Content-Length", String.valueOf(body.length));
    } else if (method.startsWith("P")) {
      request.setHeader("Content-Length", "0");
    }
    return request;
  }

  private static Result result(String method, ClassicHttpResponse response) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    int length = 0;
    for (Header header : response.getHeaders()) {
      String name = header.getName().toLowerCase(Locale.ROOT);
      String value = header.getValue() == null ? "" : header.getValue();
      length += name.length() + value.length();
      if (length > MAX_HEADERS) {
        throw new IOException("The answer has too long headers");
      }
      headers.merge(name, value.replace('\0', '\ufffd'), (one, more) -> one + ", " + more);
    }
    return new Result(response.getCode(), headers, body(method, response, headers));
  }

  private static ResponseBody body(
      String method, ClassicHttpResponse response, Map<String, String> headers) throws IOException {
    @Nullable HttpEntity entity = response.getEntity();
    if (entity == null || method.equals("HEAD") || entity.getContentLength() == 0) {
      return ResponseBody.NONE;
    }
    return ResponseBody.read(
        entity.getContent(), headers.get("content-encoding"), headers.get("content-type"));
  }

  static byte @Nullable [] bytes(@Nullable String body) {
    return body == null ? null : body.getBytes(StandardCharsets.UTF_8);
  }
}
