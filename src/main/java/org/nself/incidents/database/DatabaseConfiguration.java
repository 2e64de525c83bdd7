package org.nself.incidents.database;

import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.server.ClusterGuard;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.settings.Settings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({IdempotencyKeyStore.class, TenantDatabase.class, UuidGenerator.class})
class DatabaseConfiguration {

  @Bean
  ClusterGuard clusterGuard(Settings settings) {
    return new ClusterGuard(settings.server().minTimeline());
  }

  @Bean
  ConnectionFactory connectionFactory(Settings settings, ClusterGuard cluster) {
    return new ConnectionFactory(settings.database(), settings.server(), cluster);
  }

  @Bean
  Migrations migrations(ConnectionFactory connections) {
    return Migrations.run(connections);
  }

  /** Depends on the migrations so that no connection is used before they have run. */
  @Bean
  DatabasePool databasePool(
      Settings settings,
      ConnectionFactory connections,
      Migrations migrations,
      MeterRegistry metrics) {
    return new DatabasePool("requests", connections, settings.databasePoolSize(), metrics);
  }

  @Bean
  PgNotifications pgNotifications(
      Settings settings, ConnectionFactory connections, DatabasePool database) {
    @Nullable DatabaseUrl listen = settings.live().listen();
    return new PgNotifications(database, listen == null ? null : connections.to(listen));
  }
}
