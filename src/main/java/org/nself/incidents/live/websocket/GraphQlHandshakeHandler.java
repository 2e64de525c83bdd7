package org.nself.incidents.live.websocket;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.security.Caller;
import org.springframework.http.server.ServerHttpRequest;
import org.springframework.http.server.ServerHttpResponse;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.web.socket.WebSocketExtension;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.server.HandshakeInterceptor;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;
import org.springframework.web.util.WebUtils;

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
   * Passes the caller to the session, unless a page of another origin opens the socket with a
   * cookie as its only credential: browsers send cookies with every page's requests, so such a page
   * must send credentials in connection_init (cross-site WebSocket hijacking).
   */
  @Override
  public boolean beforeHandshake(
      ServerHttpRequest request,
      ServerHttpResponse response,
      WebSocketHandler handler,
      Map<String, Object> attributes) {
    HttpServletRequest servlet = ((ServletServerHttpRequest) request).getServletRequest();
    @Nullable Object caller = servlet.getAttribute(Caller.ATTRIBUTE);
    boolean ambient =
        servlet.getHeader("Authorization") == null && servlet.getHeader("X-Internal-Token") == null;
    if (caller != null && (!ambient || WebUtils.isSameOrigin(request))) {
      attributes.put(Caller.ATTRIBUTE, caller);
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
