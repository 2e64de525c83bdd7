package org.nself.incidents.incident;

import java.time.Clock;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.live.LiveService;
import org.nself.incidents.timeline.TimelineFeed;
import org.nself.incidents.timeline.TimelineGraphQlController;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({IncidentController.class, IncidentStreamController.class})
class IncidentConfiguration {

  @Bean
  IncidentStore incidentStore(TenantDatabase database, UuidGenerator ids, StrictJson json) {
    return new IncidentStore(database, ids, json);
  }

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

  @Bean
  IncidentChangeTopic incidentChangeTopic(
      TimelineFeed feed, IncidentStore store, LiveService live) {
    return new IncidentChangeTopic(feed, store, live);
  }

  @Bean
  IncidentGraphQlController incidentGraphQlController(
      IncidentService incidents,
      TimelineGraphQlController timeline,
      IncidentChangeTopic changes,
      LiveService live,
      Clock clock) {
    return new IncidentGraphQlController(incidents, timeline, changes, live, clock);
  }
}
