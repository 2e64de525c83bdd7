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
 * One request and its response, on a connection of its own. This costs a handshake, but no request
 * fails because the server has just closed a reused connection.
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

  private final CallState state;
  private final Supplier<SSLSocketFactory> tls;

  HttpExchange(CallState state, Supplier<SSLSocketFactory> tls) {
    this.state = state;
    this.tls = tls;
  }

  /** A response. */
  record ReceivedResponse(int status, Map<String, String> headers, ResponseBody body) {}

  /**
   * @param addresses the addresses that were checked; no other is connected to
   */
  ReceivedResponse send(
      Destination destination,
      InetAddress[] addresses,
      String method,
      Map<String, String> headers,
      byte @Nullable [] body)
      throws OutboundFailure, IOException, HttpException {
    try (Socket plain = connect(destination, addresses);
        DefaultBHttpClientConnection connection = new DefaultBHttpClientConnection(LIMITS)) {
      if (destination.secure()) {
        connection.bind(startTls(plain, destination), plain);
      } else {
        connection.bind(plain);
      }
      state.beforeSend();
      try {
        // The response is not closed, because that would read it to its end.
        return result(
            method,
            EXECUTOR.execute(
                request(destination, method, headers, body), connection, HttpCoreContext.create()));
      } finally {
        connection.close(CloseMode.IMMEDIATE);
      }
    }
  }

  private Socket connect(Destination destination, InetAddress[] addresses) throws IOException {
    @Nullable IOException failure = null;
    for (InetAddress address : addresses) {
      // A proxy would resolve the name again, to other addresses than were checked.
      Socket socket = new Socket(Proxy.NO_PROXY);
      state.setSocket(socket);
      try {
        socket.connect(new InetSocketAddress(address, destination.port()));
        socket.setTcpNoDelay(true);
        return socket;
      } catch (IOException e) {
        socket.close();
        failure = e;
      }
    }
    throw failure == null ? new IOException("the host has no address") : failure;
  }

  private SSLSocket startTls(Socket plain, Destination destination) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            tls.get()
                .createSocket(
                    plain, destination.hostName(), destination.port(), /* autoClose= */ true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static BasicClassicHttpRequest request(
      Destination destination, String method, Map<String, String> headers, byte @Nullable [] body) {
    BasicClassicHttpRequest request = new BasicClassicHttpRequest(method, destination.path());
    request.setHeader("Host", destination.authority());
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

  private static ReceivedResponse result(String method, ClassicHttpResponse response)
      throws IOException {
    Map<String, String> headers = new TreeMap<>();
    int length = 0;
    for (Header header : response.getHeaders()) {
      String name = header.getName().toLowerCase(Locale.ROOT);
      String value = header.getValue() == null ? "" : header.getValue();
      length += name.length() + value.length();
      if (length > MAX_HEADERS) {
        throw new IOException("the headers of the response are too long");
      }
      headers.merge(name, value.replace('\0', '\ufffd'), (one, more) -> one + ", " + more);
    }
    return new ReceivedResponse(response.getCode(), headers, body(method, response, headers));
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

  static byte @Nullable [] utf8(@Nullable String body) {
    return body == null ? null : body.getBytes(StandardCharsets.UTF_8);
  }
}
