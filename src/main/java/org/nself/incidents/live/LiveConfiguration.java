package org.nself.incidents.live;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.nself.incidents.account.Authenticator;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.ProblemWriter;
import org.nself.incidents.ops.Notifications;
import org.nself.incidents.ops.Settings;
import org.nself.incidents.timeline.AppendListeners;
import org.nself.incidents.timeline.TimelineFeed;
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
  LiveThreads liveThreads() {
    return new LiveThreads();
  }

  @Bean
  Hub hub(LiveThreads threads) {
    return new Hub(threads);
  }

  @Bean
  Sweeper sweeper(Hub hub, Notifications notifications) {
    return new Sweeper(hub, notifications);
  }

  @Bean
  Connections connections(
      LiveThreads threads, Clock clock, Settings settings, MeterRegistry metrics) {
    Allowance allowance = new Allowance("live connections", settings.live().maxConnections());
    Gauge.builder("nself_incident_live_connections", allowance, Allowance::total).register(metrics);
    return new Connections(threads, clock, allowance);
  }

  @Bean
  EventStreams eventStreams(Connections connections) {
    return new EventStreams(connections);
  }

  @Bean
  Live live(
      Hub hub,
      Notifications notifications,
      LiveThreads threads,
      EventStreams streams,
      Settings settings,
      MeterRegistry metrics) {
    Allowance subscriptions =
        new Allowance("live subscriptions", settings.live().maxSubscriptions());
    Gauge.builder("nself_incident_live_subscriptions", subscriptions, Allowance::total)
        .register(metrics);
    Gauge.builder("nself_incident_live_topics", hub, Hub::topics).register(metrics);
    return new Live(hub, new Hints(notifications, threads), streams, subscriptions);
  }

  @Bean
  TimelineTopics timelineTopics(TimelineFeed feed, Live live, AppendListeners listeners) {
    TimelineTopics topics = new TimelineTopics(feed);
    listeners.add((account, incident) -> live.hint(topics.of(account, incident)));
    return topics;
  }

  @Bean
  GraphqlEventStreams graphqlEventStreams(
      WebGraphQlHandler handler, EventStreams streams, JsonMapper mapper, ProblemWriter problems) {
    return new GraphqlEventStreams(handler, streams, mapper, problems);
  }

  @Bean
  GraphqlSockets graphqlSockets(
      WebGraphQlHandler handler,
      Authenticator authenticator,
      Connections connections,
      JsonText json,
      JsonMapper mapper,
      LiveThreads threads) {
    return new GraphqlSockets(
        authenticator,
        connections,
        new GraphqlOperations(handler, threads),
        new SocketMessages(json, mapper),
        threads);
  }

  @Bean
  WebSocketHandlerMapping graphqlSocketMapping(GraphqlSockets sockets) {
    GraphqlHandshake handshake = new GraphqlHandshake();
    WebSocketHttpRequestHandler handler = new WebSocketHttpRequestHandler(sockets, handshake);
    handler.setHandshakeInterceptors(List.of(handshake));
    WebSocketHandlerMapping mapping = new WebSocketHandlerMapping();
    mapping.setWebSocketUpgradeMatch(true);
    mapping.setUrlMap(Map.of("/graphql", handler));
    mapping.setOrder(BEFORE_ROUTES);
    return mapping;
  }
}
