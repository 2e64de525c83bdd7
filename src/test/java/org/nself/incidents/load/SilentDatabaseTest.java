package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.Relay;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

class SilentDatabaseTest {

  @Test
  void aStatementWithoutAnAnswerFailsAfterFifteenSeconds() throws IOException, SQLException {
    try (TestPostgres postgres = TestPostgres.start()) {
      URI url = URI.create(postgres.createDatabase());
      try (Relay relay = Relay.to(url.getHost(), url.getPort());
          DatabasePool database =
              new DatabasePool(
                  "test",
                  DatabaseUrl.parse("DATABASE_URL", through(relay, url)),
                  1,
                  new SimpleMeterRegistry());
          Connection connection = database.connection();
          Statement statement = connection.createStatement()) {
        statement.execute("select 1");
        relay.mute();
        long since = System.nanoTime();
        assertThatThrownBy(() -> statement.execute("select 1"))
            .isInstanceOfSatisfying(
                SQLException.class,
                e ->
                    assertThat(DatabasePool.isConnectionLost(e))
                        .as("taken for lost: %s", e.getSQLState())
                        .isTrue());
        assertThat(Duration.ofNanos(System.nanoTime() - since))
            .as("how long it was waited for PostgreSQL")
            .isBetween(Duration.ofSeconds(14), Duration.ofSeconds(20));
      }
    }
  }

  /** As when the network swallows packets: no connection breaks, nothing comes any more. */
  @Test
  void aDatabaseThatFallsSilentIsA503AndTheServiceRecovers() throws IOException {
    try (TestPostgres postgres = TestPostgres.start()) {
      URI url = URI.create(postgres.createDatabase());
      try (Relay relay = Relay.to(url.getHost(), url.getPort());
          Service service = Service.start(through(relay, url), Map.of())) {
        Api api = service.admin();
        api.open("Before");
        relay.mute();
        long since = System.nanoTime();
        Response silent = api.get("/api/v1/incidents");
        assertThat(silent.status()).isEqualTo(503);
        assertThat(silent.text("code")).isEqualTo("unavailable");
        // After 15 s where it had a connection, after 3 s where a new one was to be made for it.
        assertThat(Duration.ofNanos(System.nanoTime() - since))
            .as("how long it was waited for PostgreSQL")
            .isLessThan(Duration.ofSeconds(20));
        relay.unmute();
        Eventually.until(
            Duration.ofSeconds(40), "recovery", () -> api.get("/ready").status() == 200);
        api.open("After");
      }
    }
  }

  private static String through(Relay relay, URI url) {
    return url.toString().replace(url.getHost() + ":" + url.getPort(), "127.0.0.1:" + relay.port());
  }
}
