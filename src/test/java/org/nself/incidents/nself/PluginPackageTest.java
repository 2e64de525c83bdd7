package org.nself.incidents.nself;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.settings.Settings;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** nself's rules for plug-ins with manifest version 2. */
@ExtendWith(RunningService.class)
class PluginPackageTest {

  private static final String NAME = "nself-incident-mgmt";

  private static final Set<String> KEYS =
      Set.of(
          "manifest_version",
          "name",
          "version",
          "description",
          "category",
          "license",
          "maturity",
          "service",
          "tables",
          "env",
          "multiApp",
          "optionalDependencies");

  private final Service service;
  private final JsonNode manifest = JsonMapper.shared().readTree(read("plugin.json"));

  PluginPackageTest(Service service) {
    this.service = service;
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> texts(JsonNode list) {
    return list.valueStream()
        .map(JsonNode::asString)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @SuppressWarnings("unchecked")
  private static <T> Map<String, T> map(@Nullable Object value) {
    return (Map<String, T>) Objects.requireNonNull(value);
  }

  private static Map<String, Object> compose() {
    String file = read("docker-compose.plugin.yml");
    Map<String, Object> compose =
        map(new Yaml(new SafeConstructor(new LoaderOptions())).load(file));
    Map<String, Object> services = map(compose.get("services"));
    assertThat(services).containsOnlyKeys(NAME);
    return map(services.get(NAME));
  }

  @Test
  void theManifestHasAllRequiredAndNoForbiddenMembers() {
    assertThat(manifest.propertyNames()).containsExactlyInAnyOrderElementsOf(KEYS);
    assertThat(manifest.get("manifest_version").asInt()).isEqualTo(2);
    assertThat(manifest.get("name").asString()).isEqualTo(NAME);
    assertThat(manifest.get("description").asString()).isNotBlank();
    assertThat(manifest.get("category").asString()).isEqualTo("infrastructure");
    assertThat(manifest.get("license").asString()).isIn("free", "licensed");
    assertThat(manifest.get("maturity").asString()).isIn("implemented", "experimental");
    assertThat(manifest.get("multiApp").toString())
        .isEqualTo(
            "{\"supported\":true,\"isolationColumn\":\"source_account_id\",\"pkStrategy\":\"uuid\",\"defaultValue\":\"primary\"}");
    assertThat(manifest.get("service").toString())
        .isEqualTo(
            "{\"kind\":\"compose\",\"compose\":\"docker-compose.plugin.yml\",\"healthcheck\":\"/health\",\"port\":3833}");
  }

  @Test
  void theVersionIsThatOfTheService() {
    String version = manifest.get("version").asString();
    assertThat(service.with(Map.of()).get("/health").text("version")).isEqualTo(version);
    assertThat(compose().get("image")).isEqualTo("nself/" + NAME + ":" + version);
  }

  @Test
  void theTablesAreThoseOfTheDatabase() throws SQLException {
    Set<String> tables = new TreeSet<>();
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery("select tablename from pg_tables where schemaname = 'public'")) {
      while (result.next()) {
        tables.add(result.getString(1));
      }
    }
    assertThat(texts(manifest.get("tables"))).isEqualTo(tables).allMatch(t -> t.startsWith("np_"));
  }

  @Test
  void everySettingIsInTheManifestAndPassedToTheContainer() {
    Set<String> settings = new TreeSet<>();
    Map<String, String> least =
        Map.of("DATABASE_URL", "postgres://db/app", "PLUGIN_INTERNAL_SECRET", "secret");
    Settings.read(
        name -> {
          settings.add(name);
          return least.get(name);
        });
    Set<String> declared = texts(manifest.at("/env/required"));
    assertThat(declared).isEqualTo(least.keySet());
    declared.addAll(texts(manifest.at("/env/optional")));
    assertThat(declared).isEqualTo(settings);
    Map<String, Object> environment = map(compose().get("environment"));
    assertThat(environment.keySet()).isEqualTo(settings);
    environment.forEach(
        (name, value) -> {
          if (!Set.of("PORT", "BIND_ADDRESS").contains(name)) {
            assertThat(value).isEqualTo("${" + name + ":-}");
          }
        });
  }

  @Test
  void theContainerListensOnAllInterfacesAndIsPublishedOnLoopbackOnly() {
    Map<String, Object> environment = map(compose().get("environment"));
    assertThat(environment).containsEntry("BIND_ADDRESS", "0.0.0.0").containsEntry("PORT", "3833");
    assertThat(compose().get("ports")).isEqualTo(List.of("127.0.0.1:3833:3833"));
  }

  @Test
  void theFilesOfAPluginExist() {
    for (String file :
        List.of(
            "Dockerfile", "docker-compose.plugin.yml", "nginx/" + NAME + ".conf", "README.md")) {
      assertThat(Path.of(file)).exists();
    }
  }

  @Test
  void healthReadinessAndMetricsHaveTheFormatThatNselfReads() {
    Response health = service.with(Map.of()).get("/health").expect(200);
    assertThat(health.body().propertyNames())
        .containsExactly("status", "plugin", "version", "db", "migrations", "checks");
    assertThat(health.text("status")).isEqualTo("ok");
    assertThat(health.text("plugin")).isEqualTo(NAME);
    assertThat(health.text("db")).isEqualTo("ok");
    assertThat(health.at("migrations/applied").asInt())
        .isEqualTo(health.at("migrations/expected").asInt())
        .isPositive();
    assertThat(service.with(Map.of()).get("/ready").expect(200).at("ready").asBoolean()).isTrue();
    service.admin().get("/api/v1/incidents/none").expect(404);
    String labels =
        "{method=\"GET\",plugin=\"%s\",route=\"/api/v1/incidents/{id}\"".formatted(NAME);
    assertThat(service.with(Map.of()).get("/metrics").expect(200).text())
        .contains(
            "nself_plugin_requests_total" + labels + ",status=\"404\"}",
            "nself_plugin_request_duration_seconds_bucket" + labels,
            "nself_plugin_in_flight_requests{plugin=\"%s\"}".formatted(NAME),
            "nself_plugin_errors_total{kind=\"not_found\",plugin=\"%s\"}".formatted(NAME),
            "nself_plugin_build_info{plugin=\"%s\",version=".formatted(NAME));
  }
}
