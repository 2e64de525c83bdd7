package org.nself.incidents.incident;

import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({
  IncidentChangeTopic.class,
  IncidentController.class,
  IncidentGraphQlController.class,
  IncidentStore.class,
  IncidentStreamController.class
})
class IncidentConfiguration {

  @Bean
  IncidentService incidentService(
      TenantDatabase database,
      IncidentStore store,
      TimelineService timeline,
      IdempotencyKeyStore keys,
      StrictJson json) {
    return new IncidentService(
        database, store, new IncidentQueries(database, store, json), timeline, keys, json);
  }
}
