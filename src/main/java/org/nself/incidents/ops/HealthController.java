package org.nself.incidents.ops;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.Migrations;
import org.nself.incidents.settings.BuildInfo;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Health, readiness and metrics, for operators, load balancers and nself's CLI. */
@RestController
final class HealthController {

  private final DatabaseHealth database;
  private final Migrations migrations;
  private final Readiness readiness;
  private final BuildInfo plugin;
  private final PrometheusMeterRegistry metrics;
  private final Lock scraping = new ReentrantLock();

  HealthController(
      DatabaseHealth database,
      Migrations migrations,
      Readiness readiness,
      BuildInfo plugin,
      PrometheusMeterRegistry metrics) {
    this.database = database;
    this.migrations = migrations;
    this.readiness = readiness;
    this.plugin = plugin;
    this.metrics = metrics;
  }

  /** The body of {@code /health}. */
  record Health(
      String status,
      String plugin,
      String version,
      String db,
      Applied migrations,
      List<HealthCheck> checks) {}

  /** The migrations of the database. */
  record Applied(int applied, int expected) {}

  /** The body of {@code /ready}. */
  record Ready(
      boolean ready,
      String plugin,
      String version,
      String db,
      boolean draining,
      List<HealthCheck> checks) {}

  @GetMapping(path = "/health", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Health> health() {
    @Nullable Integer applied = database.appliedMigrations();
    List<HealthCheck> checks = database.checks();
    boolean healthy = isHealthy(applied, checks);
    return ResponseEntity.status(healthy ? 200 : 503)
        .body(
            new Health(
                healthy ? "ok" : "degraded",
                BuildInfo.NAME,
                plugin.version(),
                db(applied != null),
                new Applied(
                    applied == null ? migrations.applied() : applied, migrations.expected()),
                checks));
  }

  @GetMapping(path = "/ready", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<Ready> ready() {
    @Nullable Integer applied = database.appliedMigrations();
    List<HealthCheck> checks = database.checks();
    boolean ready = readiness.isReady() && isHealthy(applied, checks);
    return ResponseEntity.status(ready ? 200 : 503)
        .body(
            new Ready(
                ready,
                BuildInfo.NAME,
                plugin.version(),
                db(applied != null),
                !readiness.isReady(),
                checks));
  }

  private static boolean isHealthy(@Nullable Integer applied, List<HealthCheck> checks) {
    return applied != null && checks.stream().noneMatch(HealthCheck::fails);
  }

  private static String db(boolean connected) {
    return connected ? "ok" : "unavailable";
  }

  @GetMapping(value = "/metrics", produces = MediaType.ALL_VALUE)
  ResponseEntity<String> metrics() {
    return ResponseEntity.ok()
        .contentType(
            new MediaType(MediaType.TEXT_PLAIN, Map.of("version", "0.0.4", "charset", "utf-8")))
        .body(scrape());
  }

  /** One at a time: it needs no credentials, and takes the processor for milliseconds. */
  private String scrape() {
    scraping.lock();
    try {
      return metrics.scrape();
    } finally {
      scraping.unlock();
    }
  }
}
