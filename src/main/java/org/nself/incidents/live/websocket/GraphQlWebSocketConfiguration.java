package org.nself.incidents.live.websocket;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.nself.incidents.live.ConnectionRegistry;
import org.nself.incidents.live.GraphQlOperationRunner;
import org.nself.incidents.live.LiveExecutors;
import org.nself.incidents.security.Authenticator;
import org.nself.incidents.security.UnknownCallerLimiter;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.InboundBudget;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class GraphQlWebSocketConfiguration {

  /** Before Spring's routes of the same path. */
  private static final int BEFORE_ROUTES = -2;

  @Bean
  GraphQlWebSocketHandler graphQlWebSocketHandler(
      Authenticator authenticator,
      UnknownCallerLimiter unknownCallers,
      InboundBudget inbound,
      Settings settings,
      ConnectionRegistry connections,
      GraphQlOperationRunner operations,
      StrictJson json,
      JsonMapper mapper,
      LiveExecutors executors) {
    return new GraphQlWebSocketHandler(
        authenticator,
        unknownCallers,
        inbound,
        Duration.ofSeconds(settings.inbound().headerTimeoutSeconds()),
        connections,
        operations,
        new GraphQlWsMessages(json, mapper),
        executors);
  }

  @Bean
  WebSocketHandlerMapping graphQlWebSocketMapping(GraphQlWebSocketHandler sockets) {
    GraphQlHandshakeHandler handshake = new GraphQlHandshakeHandler();
    WebSocketHttpRequestHandler handler = new WebSocketHttpRequestHandler(sockets, handshake);
    handler.setHandshakeInterceptors(List.of(handshake));
    WebSocketHandlerMapping mapping = new WebSocketHandlerMapping();
    mapping.setWebSocketUpgradeMatch(true);
    mapping.setUrlMap(Map.of("/graphql", handler));
    mapping.setOrder(BEFORE_ROUTES);
    return mapping;
  }
}
