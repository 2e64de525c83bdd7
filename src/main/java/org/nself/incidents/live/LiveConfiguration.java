package org.nself.incidents.live;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.nself.incidents.database.PgNotifications;
import org.nself.incidents.live.sse.SseConnectionFactory;
import org.nself.incidents.live.sse.SseGraphQlHandler;
import org.nself.incidents.live.websocket.GraphQlHandshakeHandler;
import org.nself.incidents.live.websocket.GraphQlWebSocketHandler;
import org.nself.incidents.live.websocket.GraphQlWsMessages;
import org.nself.incidents.security.Authenticator;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.timeline.TimelineEventPublisher;
import org.nself.incidents.timeline.TimelineFeed;
import org.nself.incidents.timeline.TimelineTopics;
import org.nself.incidents.web.error.ErrorResponseWriter;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.graphql.server.WebGraphQlHandler;
import org.springframework.web.socket.server.support.WebSocketHandlerMapping;
import org.springframework.web.socket.server.support.WebSocketHttpRequestHandler;
import tools.jackson.databind.json.JsonMapper;

@Configuration(proxyBeanMethods = false)
class LiveConfiguration {

  /** Before Spring's routes to the same path. */
  private static final int BEFORE_ROUTES = -2;

  /**
   * What Tomcat holds for each connection as long as it lasts. Its defaults, 8 KiB for each of
   * these, come to 80 KiB for a WebSocket that says nothing; larger messages pass in several parts.
   * Reading goes past the small buffer where more is wanted; of writing, each part is a call of the
   * operating system, so there the buffer is what most answers fit in.
   */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> smallBuffers() {
    // A constant of Tomcat's that nothing but a system property changes.
    System.setProperty("org.apache.tomcat.websocket.DEFAULT_BUFFER_SIZE", "2048");
    return factory ->
        factory.addConnectorCustomizers(
            connector -> {
              connector.setProperty("socket.appReadBufSize", "512");
              connector.setProperty("socket.appWriteBufSize", "8192");
            });
  }

  @Bean
  LiveExecutors liveExecutors() {
    return new LiveExecutors();
  }

  @Bean
  TopicRegistry topicRegistry(LiveExecutors threads) {
    return new TopicRegistry(threads);
  }

  @Bean
  TopicPoller topicPoller(TopicRegistry hub, PgNotifications notifications) {
    return new TopicPoller(hub, notifications);
  }

  @Bean
  ConnectionRegistry connectionRegistry(
      LiveExecutors threads, Clock clock, Settings settings, MeterRegistry metrics) {
    QuotaCounter allowance = new QuotaCounter("live connections", settings.live().maxConnections());
    Gauge.builder("nself_incident_live_connections", allowance, QuotaCounter::total)
        .register(metrics);
    return new ConnectionRegistry(threads, clock, allowance);
  }

  @Bean
  SseConnectionFactory sseConnectionFactory(ConnectionRegistry connections) {
    return new SseConnectionFactory(connections);
  }

  @Bean
  LiveService liveService(
      TopicRegistry hub,
      PgNotifications notifications,
      LiveExecutors threads,
      SseConnectionFactory streams,
      Settings settings,
      MeterRegistry metrics) {
    QuotaCounter subscriptions =
        new QuotaCounter("live subscriptions", settings.live().maxSubscriptions());
    Gauge.builder("nself_incident_live_subscriptions", subscriptions, QuotaCounter::total)
        .register(metrics);
    Gauge.builder("nself_incident_live_topics", hub, TopicRegistry::topics).register(metrics);
    return new LiveService(hub, new ChangeNotifier(notifications, threads), streams, subscriptions);
  }

  @Bean
  TimelineTopics timelineTopics(
      TimelineFeed feed, LiveService live, TimelineEventPublisher listeners) {
    TimelineTopics topics = new TimelineTopics(feed);
    listeners.add((account, incident) -> live.hint(topics.of(account, incident)));
    return topics;
  }

  @Bean
  SseGraphQlHandler sseGraphQlHandler(
      WebGraphQlHandler handler,
      SseConnectionFactory streams,
      JsonMapper mapper,
      ErrorResponseWriter problems) {
    return new SseGraphQlHandler(handler, streams, mapper, problems);
  }

  @Bean
  GraphQlWebSocketHandler graphQlWebSocketHandler(
      WebGraphQlHandler handler,
      Authenticator authenticator,
      ConnectionRegistry connections,
      StrictJson json,
      JsonMapper mapper,
      LiveExecutors threads) {
    return new GraphQlWebSocketHandler(
        authenticator,
        connections,
        new GraphQlOperationRunner(handler, threads),
        new GraphQlWsMessages(json, mapper),
        threads);
  }

  @Bean
  WebSocketHandlerMapping graphqlSocketMapping(GraphQlWebSocketHandler sockets) {
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
