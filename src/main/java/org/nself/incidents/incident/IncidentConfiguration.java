package org.nself.incidents.incident;

import java.time.Clock;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.IdempotencyKeys;
import org.nself.incidents.api.Ids;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.OpenApiFeature;
import org.nself.incidents.timeline.Timeline;
import org.nself.incidents.timeline.TimelineGraphql;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({IncidentRest.class, IncidentTimelineRest.class})
class IncidentConfiguration {

  @Bean
  Incidents incidents(
      AccountDatabase database, Ids ids, Timeline timeline, IdempotencyKeys keys, JsonText json) {
    IncidentStore store = new IncidentStore(database, ids, json);
    return new Incidents(
        database, store, new IncidentSearch(database, store, json), timeline, keys, json);
  }

  @Bean
  IncidentGraphql incidentGraphql(Incidents incidents, TimelineGraphql timeline, Clock clock) {
    return new IncidentGraphql(incidents, timeline, clock);
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
