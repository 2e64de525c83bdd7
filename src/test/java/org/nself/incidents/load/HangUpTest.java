package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

class HangUpTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private static final String REST =
      """
      GET /api/v1/incidents HTTP/1.1
      Host: localhost
      Authorization: Bearer %s
      X-Source-Account-Id: %s

      """;

  private static final String GRAPHQL =
      """
      POST /graphql HTTP/1.1
      Host: localhost
      Authorization: Bearer %s
      X-Source-Account-Id: %s
      Content-Type: application/json
      Content-Length: 51

      {"query":"{ incidents { nodes { id summary } } } "}
      """;

  /** A disconnected client is no fault of the service and must not raise an alert. */
  @ParameterizedTest
  @ValueSource(strings = {REST, GRAPHQL})
  void aClientThatDisconnectsBeforeALargeResponseIsNoInternalError(String request)
      throws Exception {
    try (TestPostgres postgres = TestPostgres.start();
        Service service = Service.start(postgres.createDatabase(), Map.of())) {
      String account = Service.newAccount();
      Api api = service.as(account, "admin");
      // More than the response buffer.
      for (int i = 0; i < 10; i++) {
        api.post(
                "/api/v1/incidents",
                "{\"title\":\"Down\",\"summary\":\"%s\"}".formatted("x".repeat(20_000)))
            .expect(201);
      }
      DirectDatabase database = new DirectDatabase(service.databaseUrl());
      try (Connection connection = TestPostgres.connect(service.databaseUrl());
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("lock table np_incidents in access exclusive mode");
        try (Socket caller = ask(service.port(), request.formatted(Service.TOKEN, account))) {
          Eventually.until(
              SOON,
              "the read to wait for the lock",
              () ->
                  database.number(
                          "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and"
                              + " datname = current_database()")
                      > 0);
          // Close with RST instead of FIN.
          caller.setSoLinger(true, 0);
        }
        connection.rollback();
      }
      // The request for the metrics is counted too.
      Eventually.until(
          SOON,
          "the request to end",
          () ->
              metrics(api)
                  .contains("nself_plugin_in_flight_requests{plugin=\"nself-incident-mgmt\"} 1"));
      assertThat(metrics(api).lines().filter(line -> line.startsWith("nself_plugin_errors_total")))
          .as("errors that were counted")
          .isEmpty();
    }
  }

  private static Socket ask(int port, String request) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket
        .getOutputStream()
        .write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String metrics(Api api) {
    return api.get("/metrics").expect(200).text();
  }
}
