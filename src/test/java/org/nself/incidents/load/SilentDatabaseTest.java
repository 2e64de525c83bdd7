package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Relay;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import org.nself.incidents.testing.Waiting;

class SilentDatabaseTest {

  /** As when the network swallows packets: no connection breaks, nothing comes any more. */
  @Test
  void aDatabaseThatFallsSilentIsA503AndTheServiceRecovers() throws IOException {
    try (TestPostgres postgres = TestPostgres.start()) {
      String url = postgres.createDatabase();
      URI database = URI.create(url);
      try (Relay relay = Relay.to(database.getHost(), database.getPort());
          Service service =
              Service.start(
                  url.replace(
                      database.getHost() + ":" + database.getPort(), "127.0.0.1:" + relay.port()),
                  Map.of())) {
        Api api = service.admin();
        api.open("Before");
        relay.mute();
        long since = System.nanoTime();
        Response silent = api.get("/api/v1/incidents");
        assertThat(silent.status()).isEqualTo(503);
        assertThat(silent.text("code")).isEqualTo("unavailable");
        assertThat(Duration.ofNanos(System.nanoTime() - since))
            .as("how long it was waited for PostgreSQL")
            .isBetween(Duration.ofSeconds(14), Duration.ofSeconds(20));
        relay.unmute();
        Waiting.until(Duration.ofSeconds(40), "recovery", () -> api.get("/ready").status() == 200);
        api.open("After");
      }
    }
  }
}
