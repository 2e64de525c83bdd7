package org.nself.incidents.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/** The service as the run command starts it, on an embedded database in a directory. */
class DevModeTest {

  private static final Map<String, String> TOKEN = Map.of("PLUGIN_SECRET", Service.TOKEN);

  @TempDir private Path directory;

  /** Stops a PostgreSQL that a failed test left running. */
  @AfterEach
  void stopOrphan() throws IOException {
    Path postmaster = directory.resolve("data/postmaster.pid");
    if (Files.exists(postmaster)) {
      ProcessHandle.of(Long.parseLong(Files.readAllLines(postmaster).getFirst()))
          .ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  @Timeout(300)
  void itPrintsAFirstRequestAndKeepsItsDataAfterStopAndKill() throws IOException, SQLException {
    String id;
    try (ServiceProcess first = launch(Map.of())) {
      String curl = line(first, "curl ");
      assertThat(curl)
          .matches(
              "  curl -H \"Authorization: Bearer development-token\""
                  + " http://127\\.0\\.0\\.1:\\d+/api/v1/incidents");
      Api api =
          new Api(
              curl.replaceAll(".*(http://[^/]*).*", "$1"),
              Map.of("Authorization", "Bearer development-token"));
      id = api.open("Kept");
      first.terminate();
      first.exitStatus();
      assertThat(directory.resolve("data/postmaster.pid"))
          .as("a running PostgreSQL")
          .doesNotExist();
    }
    try (ServiceProcess second = launch(TOKEN)) {
      second.awaitReady().as("primary").get("/api/v1/incidents/" + id).expect(200);
      assertRefusedWhileAnotherProcessUsesTheDirectory();
      second.kill();
      assertThat(directory.resolve("data/postmaster.pid")).as("an orphaned PostgreSQL").exists();
    }
    // A third run would start only the database first; that is enough here.
    try (EmbeddedDatabase third = EmbeddedDatabase.start(directory);
        Connection connection = TestPostgres.connect(third.url());
        Statement statement = connection.createStatement();
        ResultSet kept =
            statement.executeQuery("select from np_incidents where id = '%s'".formatted(id))) {
      assertThat(kept.next()).as("the incident exists after the kill").isTrue();
    }
  }

  private void assertRefusedWhileAnotherProcessUsesTheDirectory() {
    try (ServiceProcess service = launch(Map.of())) {
      service.refuses("DATABASE_URL is not set, and the embedded database in " + directory);
    }
  }

  @Test
  void aDatabaseThatDoesNotStartIsReportedInOneLineWithWhatToDo() throws IOException {
    Path data = Files.createDirectories(directory.resolve("data"));
    Files.writeString(data.resolve("postgresql.conf"), "");
    try (ServiceProcess service = launch(Map.of())) {
      service.refuses("DATABASE_URL is not set, and the embedded database does not start");
    }
    assertThat(Files.readString(directory.resolve("postgresql.log")))
        .as("the reason, from initdb or postgres")
        .containsAnyOf("FATAL", "is not a database cluster directory");
  }

  private ServiceProcess launch(Map<String, String> environment) {
    return ServiceProcess.launch(
        List.of(
            ServiceProcess.JAVA,
            "-XX:TieredStopAtLevel=1",
            "-D" + EmbeddedDatabase.PROPERTY + "=" + directory,
            "-cp",
            System.getProperty("java.class.path"),
            "org.nself.incidents.IncidentManagementApplication"),
        environment);
  }

  private static String line(ServiceProcess service, String part) {
    Eventually.until(
        Duration.ofSeconds(90),
        "a line with " + part,
        () -> service.log().stream().anyMatch(line -> line.contains(part)));
    return service.log().stream().filter(line -> line.contains(part)).findFirst().orElseThrow();
  }
}
