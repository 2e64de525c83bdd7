package org.nself.incidents.expression;

import org.nself.incidents.api.JsonText;
import org.nself.incidents.ops.Settings;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class ExpressionConfiguration {

  @Bean
  Secrets secrets(Settings settings) {
    return new Secrets(System::getenv, settings.runbooks().secretsDirectory());
  }

  @Bean
  Expressions expressions(Secrets secrets, JsonText json) {
    return new Expressions(secrets, json);
  }
}
