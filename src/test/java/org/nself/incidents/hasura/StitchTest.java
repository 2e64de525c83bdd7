package org.nself.incidents.hasura;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Programs;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/**
 * A gateway that somebody else wrote, {@code @graphql-tools/stitch}, takes the service as a remote
 * schema: it introspects, delegates and joins, over a transport that sends what Hasura sends. The
 * tests themselves are in {@code src/test/js/stitch}.
 */
@ExtendWith(RunningService.class)
class StitchTest {

  private static final Path SOURCE = Path.of("src/test/js/stitch");
  private static final Path PLACE = Path.of("target/stitch");
  private static final String LOCK = "package-lock.json";

  private final Service service;

  StitchTest(Service service) {
    this.service = service;
  }

  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void aGatewayOfNodeUsesTheServiceAsHasuraDoes() throws IOException {
    Programs.need(
        Programs.isThere("node") && Programs.isThere("npm"),
        "the gateway of @graphql-tools/stitch is not tried, because node and npm are not installed");
    install();
    Programs.Result result =
        Programs.run(
            List.of("node", "--test", PLACE.toString()),
            Map.of("SERVICE_URL", service.url(), "PLUGIN_SECRET", Service.TOKEN));
    assertThat(result.status()).as(result.output()).isZero();
    assertThat(result.output()).containsPattern("pass 1\\d");
  }

  /** Once for each state of the lock file. */
  private static void install() throws IOException {
    Files.createDirectories(PLACE);
    boolean installed =
        Files.isDirectory(PLACE.resolve("node_modules"))
            && Files.exists(PLACE.resolve(LOCK))
            && Files.mismatch(SOURCE.resolve(LOCK), PLACE.resolve(LOCK)) == -1;
    try (Stream<Path> files = Files.list(SOURCE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(
            file, PLACE.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    if (!installed) {
      Programs.Result result =
          Programs.run(
              List.of(
                  "npm", "ci", "--prefix", PLACE.toString(), "--ignore-scripts", "--no-audit", "--no-fund"),
              Map.of());
      if (result.status() != 0) {
        Files.deleteIfExists(PLACE.resolve(LOCK));
      }
      Programs.need(
          result.status() == 0,
          "the gateway of @graphql-tools/stitch is not tried, because npm could not install it: "
              + result.output());
    }
  }
}
