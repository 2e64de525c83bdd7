package org.nself.incidents.timeline;

import io.micrometer.core.instrument.MeterRegistry;
import org.nself.incidents.database.IdempotencyKeyStore;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.timeline.anchor.AnchorLog;
import org.nself.incidents.timeline.anchor.AnchorSigner;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({
  TimelineController.class,
  TimelineFeed.class,
  TimelineGraphQlController.class,
  TimelineStreamController.class,
  TimelineTopics.class
})
class TimelineConfiguration {

  @Bean
  TimelineService timelineService(
      TenantDatabase database,
      UuidGenerator ids,
      IdempotencyKeyStore keys,
      StrictJson json,
      AnchorSigner anchors,
      AnchorLog anchorLog,
      ApplicationEventPublisher events,
      Settings settings,
      MeterRegistry metrics) {
    return new TimelineService(
        database,
        new TimelineStore(database, ids),
        keys,
        json,
        anchors,
        anchorLog,
        events,
        new VerificationLimiter(settings.responses().verification(), System::nanoTime, metrics));
  }
}
