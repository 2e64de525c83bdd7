package org.nself.incidents.timeline;

import java.time.Clock;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.IdempotencyKeys;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.JsonText;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class TimelineConfiguration {

  @Bean
  Timeline timeline(AccountDatabase database, Ids ids, IdempotencyKeys keys, JsonText json) {
    return new Timeline(database, new TimelineStore(database, ids), keys, json);
  }

  @Bean
  TimelineGraphql timelineGraphql(Timeline timeline, JsonText json, Clock clock) {
    return new TimelineGraphql(timeline, json, clock);
  }
}
