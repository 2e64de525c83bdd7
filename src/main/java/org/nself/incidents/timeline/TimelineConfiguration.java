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
  AppendListeners appendListeners() {
    return new AppendListeners();
  }

  @Bean
  TimelineFeed timelineFeed(AccountDatabase database) {
    return new TimelineFeed(database);
  }

  @Bean
  Timeline timeline(
      AccountDatabase database,
      Ids ids,
      IdempotencyKeys keys,
      JsonText json,
      AppendListeners listeners) {
    return new Timeline(database, new TimelineStore(database, ids), keys, json, listeners);
  }

  @Bean
  TimelineGraphql timelineGraphql(Timeline timeline, JsonText json, Clock clock) {
    return new TimelineGraphql(timeline, json, clock);
  }
}
