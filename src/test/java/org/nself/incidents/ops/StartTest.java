package org.nself.incidents.ops;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.ServiceProcess;
import org.nself.incidents.testing.TestPostgres;

/** What cannot be listened on ends the start with one line that names the variable. */
@ExtendWith(RunningService.class)
class StartTest {

  private final String database;

  StartTest(TestPostgres postgres) {
    this.database = postgres.createDatabase();
  }

  @Test
  void aTakenPortIsToldInOneLine() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(other.getLocalPort());
      refuses(Map.of("PORT", port), "PORT " + port + " is taken by another program");
    }
  }

  @Test
  void anAddressOfAnotherMachineIsToldInOneLine() {
    refuses(Map.of("BIND_ADDRESS", "192.0.2.1"), "BIND_ADDRESS ");
  }

  private void refuses(Map<String, String> environment, String complaint) {
    try (ServiceProcess service = ServiceProcess.launch(database, environment)) {
      service.refuses(complaint);
    }
  }
}
