package org.nself.incidents.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.nself.incidents.live.StreamClient;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.PostgresServer;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;
import tools.jackson.databind.JsonNode;

/** Two servers with streaming replication, of which one is promoted. */
@Isolated("It measures how long a failover takes.")
class FailoverTest {

  private static final Duration WRITES_BACK = Duration.ofSeconds(5);
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void afterAPromotionWritesGoOnAndWhoIsAheadIsToldAndTheFormerPrimaryIsRefused(
      @TempDir Path directory) {
    PostgresServer.need();
    try (PostgresServer first = PostgresServer.start(directory.resolve("first"))) {
      first.createDatabase("incidents");
      try (PostgresServer second = first.startStandby(directory.resolve("second"));
          Service service = Service.start(url(first, second), Map.of())) {
        Api api = service.as("primary", "admin");
        String incident = api.open("Before the failover");
        String timeline = "/api/v1/incidents/" + incident + "/timeline";
        String known;
        String lost;
        try (StreamClient changes = StreamClient.get(api, "/api/v1/incidents").expect(200)) {
          known = note(api, timeline, changes, "Replicated");
          Eventually.until(
              SOON,
              "the standby to have it",
              () ->
                  second
                      .text("incidents", "select count(*) from np_incident_timeline")
                      .equals("2"));
          // What follows is answered, but lost: the replication is asynchronous.
          second.execute("postgres", "alter system set primary_conninfo = ''");
          second.execute("postgres", "select pg_reload_conf()");
          Eventually.until(
              SOON,
              "replication to end",
              () -> first.text("postgres", "select count(*) from pg_stat_replication").equals("0"));
          lost = note(api, timeline, changes, "Lost");
          assertThat(api.get("/ready").expect(200).text()).contains("WAL timeline 1");
          first.crash();
          second.promote();
          long promoted = System.nanoTime();
          Eventually.until(WRITES_BACK, "writes", () -> status(api, "/api/v1/incidents") == 201);
          System.out.printf(
              "Writes were back %d ms after the promotion%n",
              (System.nanoTime() - promoted) / 1_000_000);
          Eventually.until(SOON, "the stream of a client that is ahead to end", changes::ended);
        }
        assertThat(stream(api, "/api/v1/incidents?cursor=" + lost).text("code"))
            .isEqualTo("cursor_lost");
        assertThat(stream(api, timeline + "?after_seq=3").text("code")).isEqualTo("cursor_lost");
        // Positions and seqs are given again, to other events.
        api.post(timeline, "{\"message\":\"After the failover\"}").expect(201);
        assertThat(stream(api, "/api/v1/incidents?cursor=" + lost).text("code"))
            .isEqualTo("cursor_lost");
        try (StreamClient changes =
            StreamClient.get(api, "/api/v1/incidents?cursor=" + known).expect(200)) {
          assertThat(changes.next().json().at("/incident/title").asString())
              .isEqualTo("After the failover");
        }
        Eventually.until(
            SOON, "the new timeline", () -> api.get("/ready").text().contains("WAL timeline 2"));

        // The former primary comes back and accepts writes: nobody has stopped it.
        first.launch();
        String events = "select count(*) from np_incident_timeline";
        String before = first.text("incidents", events);
        try (Service started = Service.start(url(first, second), Map.of())) {
          started.as("primary", "admin").open("By an instance that names it first");
          api.open("By an instance that was there");
        }
        try (ServiceProcess alone =
            ServiceProcess.launch(first.url("incidents"), Map.of("DATABASE_MIN_TIMELINE", "2"))) {
          alone.refuses(
              "DATABASE_URL names a database that cannot be migrated: The server is a former"
                  + " primary: it is on WAL timeline 1, and 2 was seen");
        }
        assertThat(first.text("incidents", events))
            .as("events on the former primary")
            .isEqualTo(before);
      }
    }
  }

  @Test
  void onAStandbyListsWorkAndEverythingElseIsUnavailable(@TempDir Path directory) {
    PostgresServer.need();
    try (PostgresServer primary = PostgresServer.start(directory.resolve("primary"))) {
      String database = primary.createDatabase("incidents");
      try (Service service = Service.start(database, Map.of())) {
        service.as("primary", "admin").open("On the primary");
      }
      try (PostgresServer standby = primary.startStandby(directory.resolve("standby"));
          Service service = Service.start(standby.url("incidents"), Map.of())) {
        Api api = service.as("primary", "admin");
        assertThat(api.get("/api/v1/incidents").expect(200).text()).contains("On the primary");
        JsonNode check = api.get("/ready").expect(503).at("checks/0");
        assertThat(check.get("code").asString()).isEqualTo("standby");
        assertThat(check.get("command").asString()).contains("pg_promote()");
        api.post("/api/v1/incidents", "{\"title\":\"On the standby\"}").expect(503);
        assertThat(stream(api, "/api/v1/incidents").text("code")).isEqualTo("unavailable");
        standby.promote();
        Eventually.until(SOON, "readiness", () -> api.get("/ready").status() == 200);
        api.open("On what was the standby");
        StreamClient.get(api, "/api/v1/incidents").expect(200).close();
      }
    }
  }

  private static String url(PostgresServer first, PostgresServer second) {
    return "postgres://postgres@%s,%s/incidents".formatted(first.host(), second.host());
  }

  /** Adds an event, and returns the cursor after it. */
  private static String note(Api api, String timeline, StreamClient changes, String message) {
    api.post(timeline, "{\"message\":\"" + message + "\"}").expect(201);
    StreamClient.Message change = changes.next();
    assertThat(change.json().at("/event/message").asString()).isEqualTo(message);
    return change.id();
  }

  private static int status(Api api, String path) {
    try {
      return api.post(path, "{\"title\":\"After the failover\"}").status();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }

  /** The error that a stream is answered with. */
  private static Response stream(Api api, String path) {
    return api.header("Accept", "text/event-stream").get(path);
  }
}
