package org.nself.incidents.expression;

import io.micrometer.core.instrument.MeterRegistry;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.input.StrictJson;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class ExpressionConfiguration {

  @Bean
  Secrets secrets(Settings settings) {
    return new Secrets(System::getenv, settings.runbooks().secretsDirectory());
  }

  @Bean
  ExpressionPool expressionPool(MeterRegistry metrics) {
    return new ExpressionPool(metrics);
  }

  @Bean
  Expressions expressions(Secrets secrets, StrictJson json, ExpressionPool pool) {
    return new Expressions(secrets, json, pool);
  }
}
