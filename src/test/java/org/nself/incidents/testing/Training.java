package org.nself.incidents.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The training run of the container image: starts the service by the command of its arguments on a
 * PostgreSQL of its own, uses it for a while, and stops it by SIGTERM. Given {@code
 * -XX:AOTCacheOutput} the JVM then writes down which classes were loaded and which methods were
 * hot.
 */
final class Training {

  /** Recording is slow, and the JVM makes the cache while it ends: an image is built once. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private Training() {}

  public static void main(String[] command) throws IOException {
    Path directory = Files.createTempDirectory("training");
    try (OwnPostgres postgres = OwnPostgres.start(directory);
        ServiceProcess service =
            ServiceProcess.launch(
                    List.of(command),
                    Map.of("DATABASE_URL", postgres.url(), "PLUGIN_SECRET", Service.TOKEN))
                .awaitReady(PATIENCE)) {
      Api api = service.as("training");
      for (int round = 0; round < 100; round++) {
        use(api, "Checkout is down, time " + round);
      }
      service.terminate();
      service.exitStatus(PATIENCE);
      service.log().forEach(System.out::println);
    }
  }

  private static void use(Api api, String title) {
    String incident = "/api/v1/incidents/" + api.open(title);
    api.patch(incident, "{\"status\":\"acknowledged\",\"severity\":\"high\"}").expect(200);
    api.post(incident + "/timeline", "{\"message\":\"Rolled back\"}").expect(201);
    api.get(incident).expect(200);
    api.get(incident + "/timeline").expect(200);
    api.get("/api/v1/incidents?status=open,acknowledged&limit=20").expect(200);
    api.get("/health").expect(200);
    api.get("/metrics").expect(200);
    api.data(
        """
        mutation ($title: String!) { openIncident(input: {title: $title}) { id number version } }\
        """,
        "{\"title\":\"" + title + "\"}");
    api.data(
        """
        { incidents(first: 20) { totalCount pageInfo { hasNextPage }
            nodes { id number title severity status timeline(first: 5) { nodes { seq kind } } } } }\
        """);
  }
}
