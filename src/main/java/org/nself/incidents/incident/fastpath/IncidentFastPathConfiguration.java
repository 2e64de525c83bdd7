package org.nself.incidents.incident.fastpath;

import org.nself.incidents.settings.Settings;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty(name = Settings.FASTPATH_PROPERTY, matchIfMissing = true)
class IncidentFastPathConfiguration {

  @Bean
  JsonMapperBuilderCustomizer incidentJsonWriter() {
    return builder -> builder.addModule(IncidentJsonWriter.module());
  }
}
