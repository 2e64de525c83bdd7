package org.nself.incidents.ops;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import java.time.Clock;
import org.apache.catalina.core.StandardHost;
import org.nself.incidents.api.OpenApiFeature;
import org.springframework.boot.tomcat.TomcatContextCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@Import(HealthRest.class)
class OpsConfiguration {

  /** So that probes can see that it drains; the siblings' probes look once a second. */
  private static final long LINGER_MILLIS = 1_500;

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  @Bean
  Plugin plugin() {
    return Plugin.read();
  }

  @Bean
  Migrations migrations(Settings settings) {
    return Migrations.run(settings.database());
  }

  /** Takes the migrations only to come after them. */
  @Bean
  Database database(Settings settings, Migrations migrations) {
    return new Database(settings.database(), settings.databasePoolSize());
  }

  @Bean
  Notifications notifications(Settings settings, Database database) {
    return new Notifications(database, settings.live().listen());
  }

  @Bean
  MessageSource messageSource() {
    return new NoMessages();
  }

  @Bean
  Readiness readiness() {
    return new Readiness(LINGER_MILLIS);
  }

  @Bean
  OpenApiFeature healthOpenApi() {
    return HealthOpenApi.describe();
  }

  @Bean
  PrometheusMeterRegistry metrics(Plugin plugin) {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // Not as a gauge: of one, the client library takes the suffix _info away.
    Info.builder()
        .name("nself_plugin_build_info")
        .help("What runs here")
        .labelNames("plugin", "version")
        .register(metrics.getPrometheusRegistry())
        .addLabelValues(Plugin.NAME, plugin.version());
    new JvmMemoryMetrics().bindTo(metrics);
    new JvmGcMetrics().bindTo(metrics);
    new JvmThreadMetrics().bindTo(metrics);
    new ProcessorMetrics().bindTo(metrics);
    new UptimeMetrics().bindTo(metrics);
    return metrics;
  }

  @Bean
  FilterRegistrationBean<RequestObservation> requestObservation(PrometheusMeterRegistry metrics) {
    FilterRegistrationBean<RequestObservation> filter =
        new FilterRegistrationBean<>(new RequestObservation(metrics));
    filter.setOrder(FilterOrder.OBSERVATION);
    return filter;
  }

  /**
   * What Tomcat refuses before any filter runs, such as a malformed request line, is answered in
   * JSON too.
   */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> jsonErrors() {
    return factory ->
        factory.addContextCustomizers(
            (TomcatContextCustomizer)
                context ->
                    ((StandardHost) context.getParent())
                        .setErrorReportValveClass(JsonErrorReport.class.getName()));
  }
}
