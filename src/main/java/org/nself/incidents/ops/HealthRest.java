package org.nself.incidents.ops;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Problem;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What operators and nself's CLI ask: is it well, may requests come, how is it doing. */
@RestController
final class HealthRest {

  /**
   * Counts what is in the database, not what this process did: a newer one may have migrated since.
   */
  private static final String APPLIED =
      "select count(*) from public." + Migrations.HISTORY + " where success and type <> 'BASELINE'";

  private final Database database;
  private final Migrations migrations;
  private final Readiness readiness;
  private final Plugin plugin;
  private final PrometheusMeterRegistry metrics;

  HealthRest(
      Database database,
      Migrations migrations,
      Readiness readiness,
      Plugin plugin,
      PrometheusMeterRegistry metrics) {
    this.database = database;
    this.migrations = migrations;
    this.readiness = readiness;
    this.plugin = plugin;
    this.metrics = metrics;
  }

  @GetMapping("/health")
  ResponseEntity<Map<String, Object>> health() {
    @Nullable Integer applied = applied();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("status", applied == null ? "degraded" : "ok");
    body.put("plugin", Plugin.NAME);
    body.put("version", plugin.version());
    body.put("db", applied == null ? "unavailable" : "ok");
    body.put(
        "migrations",
        Map.of(
            "applied",
            applied == null ? migrations.applied() : applied,
            "expected",
            migrations.expected()));
    return ResponseEntity.status(applied == null ? 503 : 200).body(body);
  }

  @GetMapping("/ready")
  ResponseEntity<Map<String, Object>> ready() {
    boolean connected = applied() != null;
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("ready", readiness.ready() && connected);
    body.put("plugin", Plugin.NAME);
    body.put("version", plugin.version());
    body.put("db", connected ? "ok" : "unavailable");
    body.put("draining", !readiness.ready());
    return ResponseEntity.status(readiness.ready() && connected ? 200 : 503).body(body);
  }

  @GetMapping(value = "/metrics", produces = MediaType.ALL_VALUE)
  ResponseEntity<String> metrics() {
    return ResponseEntity.ok()
        .contentType(
            new MediaType(MediaType.TEXT_PLAIN, Map.of("version", "0.0.4", "charset", "utf-8")))
        .body(metrics.scrape());
  }

  private @Nullable Integer applied() {
    try (Connection connection = database.connection();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(APPLIED)) {
      result.next();
      return result.getInt(1);
    } catch (SQLException e) {
      if (Database.isConnectionLost(e)) {
        database.lost(e);
      }
      return null;
    } catch (Problem unavailable) {
      return null;
    }
  }
}
