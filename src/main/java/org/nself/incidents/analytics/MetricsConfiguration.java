package org.nself.incidents.analytics;

import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({MetricsController.class, MetricsGraphQlController.class})
class MetricsConfiguration {

  @Bean
  MetricsService metricsService(
      TenantDatabase database, IncidentService incidents, StrictJson json) {
    return new MetricsService(new MetricsQueries(database, json), incidents);
  }
}
