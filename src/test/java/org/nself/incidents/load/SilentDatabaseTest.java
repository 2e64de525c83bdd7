package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.database.server.ConnectionFactory;
import org.nself.incidents.settings.DatabaseUrl;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.PostgresProxy;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

class SilentDatabaseTest {

  /** Whether responses of PostgreSQL are dropped. */
  private volatile boolean muted;

  @Test
  void aStatementWithoutAResponseFailsAfterFifteenSeconds() throws IOException, SQLException {
    try (TestPostgres postgres = TestPostgres.start()) {
      try (PostgresProxy proxy = muteable(postgres.createDatabase());
          DatabasePool database =
              new DatabasePool(
                  "test",
                  ConnectionFactory.of(DatabaseUrl.parse("DATABASE_URL", proxy.databaseUrl())),
                  1,
                  new SimpleMeterRegistry());
          Connection connection = database.connection();
          Statement statement = connection.createStatement()) {
        statement.execute("select 1");
        muted = true;
        long since = System.nanoTime();
        assertThatThrownBy(() -> statement.execute("select 1"))
            .isInstanceOfSatisfying(
                SQLException.class,
                e ->
                    assertThat(DatabasePool.isConnectionLost(e))
                        .as("connection lost, SQL state %s", e.getSQLState())
                        .isTrue());
        assertThat(Duration.ofNanos(System.nanoTime() - since))
            .as("time waited for PostgreSQL")
            .isBetween(Duration.ofSeconds(14), Duration.ofSeconds(20));
      }
    }
  }

  /** As when the network drops packets: connections stay open, no response arrives. */
  @Test
  void aDatabaseThatStopsRespondingIs503AndTheServiceRecovers() throws IOException {
    try (TestPostgres postgres = TestPostgres.start()) {
      try (PostgresProxy proxy = muteable(postgres.createDatabase());
          Service service = Service.start(proxy.databaseUrl(), Map.of())) {
        Api api = service.admin();
        api.open("Before");
        muted = true;
        long since = System.nanoTime();
        Response silent = api.get("/api/v1/incidents");
        assertThat(silent.status()).isEqualTo(503);
        assertThat(silent.text("code")).isEqualTo("unavailable");
        // 15 s on an existing connection, 3 s for a new one.
        assertThat(Duration.ofNanos(System.nanoTime() - since))
            .as("time waited for PostgreSQL")
            .isLessThan(Duration.ofSeconds(20));
        muted = false;
        // Refused meanwhile: connections that were being made while the network was silent fail
        // later, and nothing is written for them.
        Eventually.until(
            Duration.ofSeconds(40),
            "an incident is opened after the silence",
            () -> api.post("/api/v1/incidents", "{\"title\":\"After\"}").status() == 201);
        Eventually.until(
            Duration.ofSeconds(20),
            "readiness after the silence",
            () -> api.get("/ready").status() == 200);
      }
    }
  }

  private PostgresProxy muteable(String databaseUrl) {
    return PostgresProxy.start(
        databaseUrl,
        () ->
            new PostgresProxy.Observer() {
              @Override
              public boolean toClient(char type, byte[] body) {
                return !muted;
              }
            });
  }
}
