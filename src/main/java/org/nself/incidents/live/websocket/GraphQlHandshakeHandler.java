package org.nself.incidents.live.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.AuthenticationFilter;
import org.nself.incidents.security.Caller;
import org.nself.incidents.web.connection.ClientConnection;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/** The opening handshake of a WebSocket at /graphql. */
final class GraphQlHandshakeHandler extends DefaultHandshakeHandler
    implements HandshakeInterceptor {

  /** Refuses compression, which takes some 300 KiB for each socket. */
  @Override
  protected List<WebSocketExtension> filterRequestedExtensions(
      ServerHttpRequest request,
      List<WebSocketExtension> requested,
      List<WebSocketExtension> supported) {
    return List.of();
  }

  /**
   * Passes on what {@link AuthenticationFilter} has found out. It accepts no cookie from a page of
   * another origin, because browsers send cookies with every page's requests (cross-site WebSocket
   * hijacking); such a page must send credentials in connection_init.
   */
  @Override
  public boolean beforeHandshake(
      ServerHttpRequest request,
      ServerHttpResponse response,
      WebSocketHandler handler,
      Map<String, Object> attributes) {
    HttpServletRequest servlet = ((ServletServerHttpRequest) request).getServletRequest();
    for (String name :
        List.of(
            Caller.ATTRIBUTE,
            AuthenticationFilter.ADDRESS_ATTRIBUTE,
            AuthenticationFilter.REFUSAL_ATTRIBUTE,
            ClientConnection.ATTRIBUTE)) {
      @Nullable Object value = servlet.getAttribute(name);
      if (value != null) {
        attributes.put(name, value);
      }
    }
    return true;
  }

  @Override
  public void afterHandshake(
      ServerHttpRequest request,
      ServerHttpResponse response,
      WebSocketHandler handler,
      @Nullable Exception exception) {
    // Spring calls afterConnectionEstablished.
  }
}
