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

/** The opening of a WebSocket at /graphql. */
public final class GraphQlHandshakeHandler extends DefaultHandshakeHandler
    implements HandshakeInterceptor {

  /** None: compression would take some 300 KiB for each socket. */
  @Override
  protected List<WebSocketExtension> filterRequestedExtensions(
      ServerHttpRequest request,
      List<WebSocketExtension> requested,
      List<WebSocketExtension> supported) {
    return List.of();
  }

  /**
   * Hands the caller on. Not where a page of another site opens the socket and only a cookie speaks
   * for it: the browser would send that along whoever asks, so such a page must send credentials of
   * its own in connection_init.
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
    // The handler is told by afterConnectionEstablished.
  }
}
