package org.nself.incidents.timeline.anchor;

import java.time.Duration;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import({AnchorController.class, AnchorService.class, AnchorStore.class})
class AnchorConfiguration {

  @Bean
  AnchorSigner anchorSigner(Settings settings, StrictJson json) {
    return new AnchorSigner(settings.timeline().anchorKeys(), json);
  }

  @Bean
  AnchorLog anchorLog(AnchorStore store, AnchorSigner signer, Settings settings) {
    return new AnchorLog(
        store, signer, Duration.ofSeconds(settings.timeline().anchorIntervalSeconds()));
  }
}
