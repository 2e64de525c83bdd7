package org.nself.incidents.incident.milestone;

import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({MilestoneController.class, MilestoneGraphQlController.class})
class MilestoneConfiguration {

  @Bean
  MilestoneService milestoneService(
      TenantDatabase database,
      IncidentService incidents,
      TimelineService timeline,
      IdempotencyKeyStore keys,
      StrictJson json) {
    return new MilestoneService(
        database, new MilestoneStore(database), incidents, timeline, keys, json);
  }
}
