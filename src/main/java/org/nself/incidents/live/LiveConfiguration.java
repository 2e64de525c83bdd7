package org.nself.incidents.live;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import org.nself.incidents.database.PgNotifications;
import org.nself.incidents.settings.Settings;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({
  DeliveryTurns.class,
  GraphQlOperationRunner.class,
  LiveExecutors.class,
  TopicPoller.class,
  TopicRegistry.class
})
class LiveConfiguration {

  /**
   * Limits what Tomcat holds for each connection as long as it lasts. With the default sizes, 8 KiB
   * for each buffer, an idle WebSocket takes 80 KiB. Larger messages arrive in several parts. Reads
   * bypass the small buffer where more is wanted; each part written is a system call, so that
   * buffer fits most responses.
   */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> smallBuffers() {
    // A constant of Tomcat that only a system property changes.
    System.setProperty("org.apache.tomcat.websocket.DEFAULT_BUFFER_SIZE", "2048");
    return factory ->
        factory.addConnectorCustomizers(
            connector -> {
              connector.setProperty("socket.appReadBufSize", "512");
              connector.setProperty("socket.appWriteBufSize", "8192");
            });
  }

  @Bean
  ConnectionRegistry connectionRegistry(
      LiveExecutors executors, Clock clock, Settings settings, MeterRegistry metrics) {
    QuotaCounter quota = new QuotaCounter("live connections", settings.live().maxConnections());
    Gauge.builder("nself_incident_live_connections", quota, QuotaCounter::total)
        .description("WebSockets and event streams that are open")
        .register(metrics);
    return new ConnectionRegistry(executors, clock, quota);
  }

  @Bean
  LiveService liveService(
      TopicRegistry registry,
      PgNotifications notifications,
      LiveExecutors executors,
      DeliveryTurns turns,
      Settings settings,
      MeterRegistry metrics) {
    QuotaCounter quota = new QuotaCounter("live subscriptions", settings.live().maxSubscriptions());
    QuotaCounter complexities =
        new QuotaCounter(
            "values in the results of live subscriptions", settings.live().maxComplexity());
    Gauge.builder("nself_incident_live_complexity", complexities, QuotaCounter::total)
        .description("The sum of the complexities of the subscriptions")
        .register(metrics);
    Gauge.builder("nself_incident_live_subscriptions", quota, QuotaCounter::total)
        .description("Subscriptions of all live connections")
        .register(metrics);
    Gauge.builder("nself_incident_live_topics", registry, TopicRegistry::topics)
        .description("Topics that have a subscription")
        .register(metrics);
    ChangeNotifier notifier =
        new ChangeNotifier(
            payload -> notifications.send(ChangeNotifier.CHANNEL, payload), executors);
    return new LiveService(registry, notifier, quota, complexities, turns);
  }
}
