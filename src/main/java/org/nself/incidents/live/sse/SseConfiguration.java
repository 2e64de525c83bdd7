package org.nself.incidents.live.sse;

import org.nself.incidents.live.ConnectionRegistry;
import org.nself.incidents.live.DeliveryTurns;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.graphql.server.WebGraphQlHandler;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class SseConfiguration {

  @Bean
  SseConnectionFactory sseConnectionFactory(ConnectionRegistry connections, LiveService live) {
    return new SseConnectionFactory(connections, live);
  }

  @Bean
  SseGraphQlHandler sseGraphQlHandler(
      WebGraphQlHandler handler,
      SseConnectionFactory connections,
      JsonMapper mapper,
      ErrorResponseWriter errors,
      DeliveryTurns turns) {
    return new SseGraphQlHandler(handler, connections, mapper, errors, turns);
  }
}
