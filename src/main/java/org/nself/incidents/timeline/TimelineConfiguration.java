package org.nself.incidents.timeline;

import java.time.Clock;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class TimelineConfiguration {

  @Bean
  TimelineEventPublisher timelineEventPublisher() {
    return new TimelineEventPublisher();
  }

  @Bean
  TimelineFeed timelineFeed(TenantDatabase database) {
    return new TimelineFeed(database);
  }

  @Bean
  TimelineService timelineService(
      TenantDatabase database,
      UuidGenerator ids,
      IdempotencyKeyStore keys,
      StrictJson json,
      TimelineEventPublisher listeners) {
    return new TimelineService(database, new TimelineStore(database, ids), keys, json, listeners);
  }

  @Bean
  TimelineGraphQlController timelineGraphQlController(
      TimelineService timeline, StrictJson json, Clock clock) {
    return new TimelineGraphQlController(timeline, json, clock);
  }
}
