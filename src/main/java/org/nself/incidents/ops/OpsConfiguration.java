package org.nself.incidents.ops;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.core.metrics.Info;
import java.time.Clock;
import org.apache.catalina.core.StandardHost;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.database.Migrations;
import org.nself.incidents.database.PgNotifications;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.web.FilterOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.tomcat.TomcatContextCustomizer;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.StaticMessageSource;

@Configuration(proxyBeanMethods = false)
@Import(HealthController.class)
class OpsConfiguration {

  private static final Logger log = LoggerFactory.getLogger(OpsConfiguration.class);

  /** Lets load balancers see that the service drains; the siblings' probe once per second. */
  private static final long DRAIN_DELAY_MILLIS = 1_500;

  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  @Bean
  BuildInfo buildInfo() {
    return BuildInfo.read();
  }

  /**
   * Empty: the service has one language. Spring Boot's default source enumerates every locale,
   * which took a twentieth of the start-up time.
   */
  @Bean
  MessageSource messageSource() {
    return new StaticMessageSource();
  }

  @Bean
  DatabaseHealth databaseHealth(
      Settings settings,
      ConnectionFactory connections,
      DatabasePool pool,
      Migrations migrations,
      PgNotifications notifications) {
    return new DatabaseHealth(
        connections, pool, migrations, notifications, settings.executions().workers() > 0);
  }

  @Bean
  Readiness readiness() {
    return new Readiness(DRAIN_DELAY_MILLIS);
  }

  @Bean
  PrometheusMeterRegistry metrics(BuildInfo plugin) {
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    // Not as a gauge, whose suffix _info the client library would remove.
    Info.builder()
        .name("nself_plugin_build_info")
        .help("Name and version of the running plug-in")
        .labelNames("plugin", "version")
        .register(metrics.getPrometheusRegistry())
        .addLabelValues(BuildInfo.NAME, plugin.version());
    // Names that Prometheus advises against; other metrics have the same numbers.
    metrics
        .config()
        .meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
        .meterFilter(MeterFilter.denyNameStartsWith("system.cpu.count"));
    new JvmMemoryMetrics().bindTo(metrics);
    new JvmGcMetrics().bindTo(metrics);
    new JvmThreadMetrics().bindTo(metrics);
    new ProcessorMetrics().bindTo(metrics);
    new UptimeMetrics().bindTo(metrics);
    return metrics;
  }

  @Bean
  FilterRegistrationBean<RequestLoggingFilter> requestLoggingFilter(
      PrometheusMeterRegistry metrics) {
    FilterRegistrationBean<RequestLoggingFilter> filter =
        new FilterRegistrationBean<>(new RequestLoggingFilter(metrics));
    filter.setOrder(FilterOrder.REQUEST_LOGGING);
    return filter;
  }

  /** Logs the limits that follow from the heap once the service is ready. */
  @Bean
  ApplicationListener<ApplicationReadyEvent> limitsLog(Settings settings) {
    return _ ->
        log.info(
            "Limits: {} connections, {} unknown callers, {} of an address; {} MiB for requests, {}"
                + " MiB for responses; an account may take a quarter of each",
            settings.inbound().maxConnections(),
            settings.inbound().maxUnknownCallers(),
            settings.inbound().maxUnknownCallersPerAddress(),
            settings.inbound().maxBytes() >> 20,
            settings.responses().memoryBytes() >> 20);
  }

  /**
   * Requests that Tomcat rejects before any filter runs, such as with a malformed request line, get
   * a JSON body too.
   */
  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> jsonErrors() {
    return factory ->
        factory.addContextCustomizers(
            (TomcatContextCustomizer)
                context ->
                    ((StandardHost) context.getParent())
                        .setErrorReportValveClass(JsonErrorReportValve.class.getName()));
  }
}
