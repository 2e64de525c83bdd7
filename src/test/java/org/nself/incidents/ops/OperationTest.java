package org.nself.incidents.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertProblem;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** Probes, metrics and request ids. In a service of its own, because it counts requests. */
@ExtendWith(RunningService.class)
@TestInstance(Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
class OperationTest {

  private static final Pattern SERIES = Pattern.compile("(?m)^(nself_plugin_[^ ]+) ");

  private final Service service;
  private final Api nobody;

  OperationTest(TestPostgres postgres) {
    this.service = Service.start(postgres.createDatabase(), Map.of());
    this.nobody = service.with(Map.of());
  }

  @AfterAll
  void stop() {
    service.close();
  }

  @Test
  void healthHasTheFieldsThatNselfReads() {
    Response health = nobody.get("/health").expect(200);
    assertThat(health.header("Content-Type")).isEqualTo("application/json");
    assertThat(health.text("status")).isEqualTo("ok");
    assertThat(health.text("plugin")).isEqualTo("nself-incident-mgmt");
    assertThat(health.text("version")).matches("\\d+\\.\\d+\\.\\d+.*");
    assertThat(health.text("db")).isEqualTo("ok");
    assertThat(health.at("migrations/applied").asInt())
        .isEqualTo(health.at("migrations/expected").asInt())
        .isPositive();
    assertThat(health.body().propertyNames())
        .containsExactly("status", "plugin", "version", "db", "migrations", "checks");
  }

  @Test
  void readyIsReady() {
    Response ready = nobody.get("/ready").expect(200);
    assertThat(ready.at("ready").asBoolean()).isTrue();
    assertThat(ready.at("draining").asBoolean()).isFalse();
    assertThat(ready.text("db")).isEqualTo("ok");
  }

  @Test
  void probesNeedNoCredentialsAndIgnoreWrongOnes() {
    for (String path : List.of("/health", "/ready", "/metrics")) {
      nobody.get(path).expect(200);
      nobody.header("Authorization", "Bearer wrong").get(path).expect(200);
      assertThat(nobody.send("HEAD", path, null, null).expect(200).text()).isEmpty();
    }
    for (String path : List.of("/health/", "/Health", "/health.json", "/metrics/jvm")) {
      assertProblem(nobody.get(path), 401, "unauthenticated");
    }
  }

  @Test
  void metricsHaveTheNamesOfAllPlugins() {
    Api api = service.admin();
    String id = api.open("Counted");
    api.get("/api/v1/incidents/" + id).expect(200);
    api.get("/api/v1/incidents/77").expect(404);
    api.data("{__typename}");
    nobody.get("/api/v1/incidents").expect(401);
    String metrics = metrics();
    assertThat(metrics)
        .contains(
            counted("POST", "/api/v1/incidents", 201),
            counted("GET", "/api/v1/incidents/{id}", 200),
            counted("GET", "/api/v1/incidents/{id}", 404),
            counted("POST", "/graphql", 200),
            "nself_plugin_errors_total{kind=\"not_found\",plugin=\"nself-incident-mgmt\"}",
            "nself_plugin_errors_total{kind=\"unauthenticated\",plugin=\"nself-incident-mgmt\"}",
            "nself_plugin_in_flight_requests{plugin=\"nself-incident-mgmt\"} 1",
            "nself_plugin_request_duration_seconds_count{method=\"GET\"",
            "nself_plugin_request_duration_seconds_sum{method=\"GET\"",
            "nself_plugin_request_duration_seconds_bucket{method=\"GET\"",
            "jvm_memory_used_bytes");
    assertThat(metrics)
        .containsPattern(
            "nself_plugin_build_info\\{plugin=\"nself-incident-mgmt\",version=\"[^\"]+\"} 1");
    assertThat(nobody.get("/metrics").header("Content-Type"))
        .startsWith("text/plain")
        .contains("version=0.0.4");
  }

  private static String counted(String method, String route, int status) {
    return "nself_plugin_requests_total{method=\"%s\",plugin=\"nself-incident-mgmt\",route=\"%s\",status=\"%d\"}"
        .formatted(method, route, status);
  }

  @Test
  void metricsShowTheConnectionPoolsAndTheQueuesBeforeThem() {
    service.admin().open("Counted");
    for (String pool : List.of("requests", "scheduler")) {
      for (String state : List.of("active", "idle", "total")) {
        assertSeries("nself_plugin_database_connections", pool, ",state=\"" + state + "\"");
      }
      assertSeries("nself_plugin_database_connections_max", pool, "");
      assertSeries("nself_plugin_database_available", pool, "");
      assertQueue(pool, "connection");
    }
    assertQueue("requests", "read");
    assertQueue("requests", "write");
    assertThat(metrics())
        .contains("# HELP nself_plugin_database_queue_length Threads that wait for access");
  }

  private void assertQueue(String pool, String queue) {
    String tag = ",queue=\"" + queue + "\"";
    assertSeries("nself_plugin_database_queue_length", pool, tag);
    assertSeries("nself_plugin_database_queue_wait_seconds_count", pool, tag);
    assertSeries("nself_plugin_database_queue_wait_seconds_sum", pool, tag);
    assertSeries("nself_plugin_database_queue_refused_total", pool, tag + ",reason=\"timeout\"");
    assertSeries(
        "nself_plugin_database_queue_refused_total", pool, tag + ",reason=\"unavailable\"");
  }

  private void assertSeries(String name, String pool, String furtherTags) {
    assertThat(metrics())
        .contains(
            "%s{plugin=\"nself-incident-mgmt\",pool=\"%s\"%s} ".formatted(name, pool, furtherTags));
  }

  @Test
  void graphQlErrorsAreCounted() {
    service.admin().error("{incidents(first: 201) {nodes {id}}}", "{}");
    service.admin().error("{nope}", "{}");
    assertThat(metrics())
        .containsPattern("nself_plugin_errors_total\\{kind=\"invalid\",plugin=[^}]+} [2-9]");
  }

  @Test
  void invalidRequestsCreateNoTimeSeries() {
    Api api = service.admin();
    visit(api, 0);
    List<String> before = series();
    for (int i = 1; i <= 50; i++) {
      visit(api, i);
    }
    assertThat(series()).containsExactlyInAnyOrderElementsOf(before);
    assertThat(before).hasSizeLessThan(400);
  }

  private void visit(Api api, int i) {
    api.get("/unknown/" + i);
    api.get("/api/v1/incidents/" + (1000 + i));
    api.get("/api/v1/incidents/1/unknown" + i);
    api.get("/api/v1/incidents?label.l" + i + "=x");
    api.send("METHOD" + i, "/api/v1/incidents", null, null);
    api.send("METHOD" + i, "/unknown/" + i, null, null);
    api.error("{nope" + i + "}", "{}");
    nobody.get("/unknown/" + i);
    nobody.header("Authorization", "Bearer " + i).get("/graphql");
  }

  private List<String> series() {
    return SERIES.matcher(metrics()).results().map(found -> found.group(1)).toList();
  }

  private String metrics() {
    return nobody.get("/metrics").expect(200).text();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "7f3c:1/2=+-._X", "0123456789abcdef0123456789abcdef"})
  void theRequestIdIsReturned(String id) {
    for (Api caller : List.of(nobody, service.admin())) {
      for (String path : List.of("/health", "/api/v1/incidents", "/nowhere", "/graphql")) {
        assertThat(caller.header("X-Request-ID", id).get(path).header("X-Request-ID"))
            .as(path)
            .isEqualTo(id);
      }
    }
  }

  @Test
  void aMissingOrUnsafeRequestIdIsReplaced() {
    Stream.of("", " ", "a b", "<script>", "\"}", "a%0d%0aX: y", "a\tb", "{jndi:x}", "x".repeat(129))
        .forEach(
            hostile ->
                assertThat(nobody.header("X-Request-ID", hostile).get("/health"))
                    .satisfies(
                        response ->
                            assertThat(response.header("X-Request-ID"))
                                .as(hostile)
                                .matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")));
    assertThat(nobody.get("/health").header("X-Request-ID"))
        .isNotEqualTo(nobody.get("/health").header("X-Request-ID"));
  }

  @Test
  void responsesDoNotRevealTheImplementation() {
    for (String path : List.of("/health", "/nowhere", "/graphql", "/api/v1/incidents")) {
      assertThat(nobody.get(path).headers().keySet())
          .doesNotContain("server", "x-powered-by", "via", "set-cookie");
    }
  }
}
