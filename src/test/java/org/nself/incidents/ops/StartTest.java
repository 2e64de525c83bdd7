package org.nself.incidents.ops;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/** A start that fails because of a setting prints one line that names the variable. */
@ExtendWith(RunningService.class)
class StartTest {

  private final TestPostgres postgres;
  private final String database;

  StartTest(TestPostgres postgres) {
    this.postgres = postgres;
    this.database = postgres.createDatabase();
  }

  @Test
  void aPortInUseIsReportedInOneLine() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(other.getLocalPort());
      refuses(Map.of("PORT", port), "PORT " + port + " is in use by another program");
    }
  }

  @Test
  void anAddressOfAnotherMachineIsReportedInOneLine() {
    refuses(Map.of("BIND_ADDRESS", "192.0.2.1"), "BIND_ADDRESS ");
  }

  @Test
  void aDatabaseThatIsNotInUtf8IsReportedInOneLine() {
    String name = "ascii_" + UUID.randomUUID().toString().replace("-", "");
    postgres.execute(
        "postgres",
        "create database %s encoding 'SQL_ASCII' locale 'C' template template0".formatted(name));
    refuses(
        Map.of("DATABASE_URL", postgres.url(name)),
        "DATABASE_URL names a database in the encoding SQL_ASCII; it must be UTF-8: create database"
            + " "
            + name);
  }

  @Test
  void aSecretThatCouldBeGuessedIsToldInOneLine() {
    refuses(
        Map.of("PLUGIN_SECRET", "fifteen-letters"),
        "PLUGIN_SECRET has 15 characters, at least 16 are required");
    refuses(
        Map.of("PLUGIN_INTERNAL_SECRET", "x"),
        "PLUGIN_INTERNAL_SECRET has 1 characters, at least 16 are required");
  }

  private void refuses(Map<String, String> environment, String complaint) {
    try (ServiceProcess service = ServiceProcess.launch(database, environment)) {
      service.refuses(complaint);
    }
  }
}
