package org.nself.incidents.database;

import io.micrometer.core.instrument.MeterRegistry;
import org.nself.incidents.settings.Settings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({IdempotencyKeyStore.class, TenantDatabase.class, UuidGenerator.class})
class DatabaseConfiguration {

  @Bean
  Migrations migrations(Settings settings) {
    return Migrations.run(settings.database());
  }

  /** Depends on the migrations so that no connection is used before they have run. */
  @Bean
  DatabasePool databasePool(Settings settings, Migrations migrations, MeterRegistry metrics) {
    return new DatabasePool("requests", settings.database(), settings.databasePoolSize(), metrics);
  }

  @Bean
  PgNotifications pgNotifications(Settings settings, DatabasePool database) {
    return new PgNotifications(database, settings.live().listen());
  }
}
