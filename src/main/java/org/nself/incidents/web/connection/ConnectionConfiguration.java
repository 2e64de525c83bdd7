package org.nself.incidents.web.connection;

import io.micrometer.core.instrument.MeterRegistry;
import org.nself.incidents.settings.Settings;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class ConnectionConfiguration {

  /** How long Tomcat waits for the next bytes of a body; the tracker limits the whole of it. */
  private static final int READ_TIMEOUT_MILLIS = 10_000;

  /** In bytes. Smaller responses fit into one packet. */
  private static final int MIN_COMPRESSED = 1024;

  /** Not event streams, which compression would delay. */
  private static final String COMPRESSED_TYPES =
      "application/json,application/graphql-response+json,application/problem+json,"
          + "application/yaml,application/openmetrics-text,text/plain";

  @Bean
  ConnectionTracker connectionTracker(Settings settings, MeterRegistry metrics) {
    return new ConnectionTracker(settings.inbound(), settings.callers().trustedProxies(), metrics);
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> trackedConnections(
      ConnectionTracker tracker) {
    return factory -> {
      factory.setProtocol(TrackedHttpProtocol.class.getName());
      factory.addConnectorCustomizers(
          connector -> {
            TrackedHttpProtocol protocol = (TrackedHttpProtocol) connector.getProtocolHandler();
            protocol.setTracker(tracker);
            protocol.setCompression("on");
            protocol.setCompressionMinSize(MIN_COMPRESSED);
            protocol.setCompressibleMimeType(COMPRESSED_TYPES);
            protocol.setDisableUploadTimeout(false);
            protocol.setConnectionUploadTimeout(READ_TIMEOUT_MILLIS);
          });
    };
  }
}
