package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

class SlowReadsTest {

  private static final int READS = 40;

  private static final String APPEND =
      """
      mutation ($incident: UUID!) {
        addTimelineEvent(input: {incidentId: $incident, message: "Still written"}) { seq }
      }
      """;

  @Test
  void hangingReadsDoNotBlockWrites() throws Exception {
    try (TestPostgres postgres = TestPostgres.start();
        Service service =
            Service.start(postgres.createDatabase(), Map.of("DATABASE_POOL_SIZE", "4"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Api api = service.admin();
      String incident = api.open("Checkout is down");
      DirectDatabase database = new DirectDatabase(service.databaseUrl());
      List<Future<Response>> reads = new ArrayList<>();
      try (Connection connection = TestPostgres.connect(service.databaseUrl());
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("lock table np_runbooks in access exclusive mode");
        for (int i = 0; i < READS; i++) {
          reads.add(threads.submit(() -> api.get("/api/v1/runbooks")));
        }
        Eventually.until(
            Duration.ofSeconds(20),
            "reads that hang",
            () ->
                database.number(
                        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and"
                            + " datname = current_database()")
                    > 0);
        Future<JsonNode> write =
            threads.submit(() -> api.data(APPEND, "{\"incident\":\"" + incident + "\"}"));
        assertThat(write.get(4, TimeUnit.SECONDS).at("/addTimelineEvent/seq").asInt())
            .as("seq of the event that was written beside the reads")
            .isEqualTo(2);
        connection.rollback();
      }
      for (Future<Response> read : reads) {
        assertThat(read.get().status()).as("a read after the lock").isEqualTo(200);
      }
    }
  }
}
