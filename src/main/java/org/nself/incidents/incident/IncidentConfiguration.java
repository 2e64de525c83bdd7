package org.nself.incidents.incident;

import java.time.Clock;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.IdempotencyKeys;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.OpenApiFeature;
import org.nself.incidents.live.Live;
import org.nself.incidents.live.TimelineTopics;
import org.nself.incidents.timeline.AppendListeners;
import org.nself.incidents.timeline.Timeline;
import org.nself.incidents.timeline.TimelineFeed;
import org.nself.incidents.timeline.TimelineGraphql;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({IncidentRest.class, IncidentTimelineRest.class, IncidentLiveRest.class})
class IncidentConfiguration {

  @Bean
  IncidentStore incidentStore(AccountDatabase database, Ids ids, JsonText json) {
    return new IncidentStore(database, ids, json);
  }

  @Bean
  Incidents incidents(
      AccountDatabase database,
      IncidentStore store,
      Timeline timeline,
      IdempotencyKeys keys,
      JsonText json) {
    return new Incidents(
        database, store, new IncidentSearch(database, store, json), timeline, keys, json);
  }

  @Bean
  IncidentChanges incidentChanges(
      TimelineFeed feed, IncidentStore store, Live live, AppendListeners listeners) {
    IncidentChanges changes = new IncidentChanges(feed, store);
    listeners.add((account, _) -> live.hint(changes.of(account)));
    return changes;
  }

  @Bean
  IncidentLiveGraphql incidentLiveGraphql(
      Incidents incidents, TimelineTopics timelines, IncidentChanges changes, Live live) {
    return new IncidentLiveGraphql(incidents, timelines, changes, live);
  }

  @Bean
  IncidentGraphql incidentGraphql(Incidents incidents, TimelineGraphql timeline, Clock clock) {
    return new IncidentGraphql(incidents, timeline, clock);
  }

  @Bean
  JsonMapperBuilderCustomizer incidentJson() {
    return builder -> builder.addModule(IncidentJson.module());
  }

  @Bean
  OpenApiFeature incidentOpenApi(Clock clock) {
    return IncidentOpenApi.describe(clock);
  }

  @Bean
  OpenApiFeature incidentTimelineOpenApi(JsonText json, Clock clock) {
    return IncidentTimelineOpenApi.describe(json, clock);
  }
}
