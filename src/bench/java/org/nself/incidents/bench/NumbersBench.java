package org.nself.incidents.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.nself.incidents.database.Migrations;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.ServiceProcess;

/** Measures metrics on many incidents, and the migration of incidents without milestones. */
final class NumbersBench {

  private static final String DATABASE = "numbers";
  private static final int ACCOUNTS = 50;

  private final Cluster cluster;

  private NumbersBench(Cluster cluster) {
    this.cluster = cluster;
  }

  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    try (Cluster cluster = Cluster.start(Path.of("target", "bench", "numbers").toAbsolutePath())) {
      NumbersBench bench = new NumbersBench(cluster);
      switch (arguments[0]) {
        case "metrics" -> bench.metrics(number(arguments, 1, 1_000_000), number(arguments, 2, 500));
        case "migration" ->
            bench.migration(arguments[1], number(arguments, 2, 100_000), number(arguments, 3, 20));
        default -> throw new IllegalArgumentException("metrics or migration, not " + arguments[0]);
      }
    }
  }

  private static int number(String[] arguments, int index, int otherwise) {
    return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
  }

  /** A year by month and severity, of a random account each time. */
  private void metrics(int incidents, int requests) throws SQLException {
    cluster.create(DATABASE, "template1");
    try (ServiceProcess service = ServiceUnderTest.start(cluster.url(DATABASE), Map.of())) {
      Dataset.write(cluster, DATABASE, new Dataset.Size(ACCOUNTS, incidents, 1, 0));
      writeMilestones();
      String query =
          """
          { incidentMetrics(from: "2025-12-01T00:00:00Z", to: "2026-12-01T00:00:00Z", bucket: MONTH, groupBy: [SEVERITY]) {
            openCount total { ...G } groups { dimensions { value } ...G } } }
          fragment N on IncidentMetric { count meanSeconds medianSeconds p90Seconds excluded { reason count } }
          fragment G on IncidentMetricGroup { incidentCount reopenRate { rate } %1$s buckets { start incidentCount %1$s } }
          """;
      String numbers =
          "timeToDetect { ...N } timeToAcknowledge { ...N } timeToMitigate { ...N } timeToResolve {"
              + " ...N }";
      for (String fields : List.of(numbers, numbers + " timeBetweenFailures { ...N }")) {
        String document = query.formatted(fields);
        measure(service, document, 50);
        report(
            fields.contains("Failures") ? "with MTBF" : "MTTD, MTTA, MTTM, MTTR",
            measure(service, document, requests));
      }
    } finally {
      cluster.drop(DATABASE);
    }
  }

  private static Latencies measure(ServiceProcess service, String document, int requests) {
    Random random = new Random(7);
    LongStream.Builder micros = LongStream.builder();
    for (int i = 0; i < requests; i++) {
      Api api = service.as(String.valueOf(Dataset.FIRST_ACCOUNT + random.nextInt(ACCOUNTS)));
      long start = System.nanoTime();
      api.data(document);
      micros.add((System.nanoTime() - start) / 1_000);
    }
    return new Latencies(micros.build());
  }

  private static void report(String what, Latencies latencies) {
    Report.progress("%s: %s of %d requests", what, latencies, latencies.count());
  }

  /**
   * Without triggers and timelines, in place of those that the triggers wrote for a new incident.
   */
  private void writeMilestones() throws SQLException {
    try (Connection connection = cluster.connect(DATABASE);
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          set session_replication_role = replica;
          set work_mem = '256MB';
          truncate np_incident_milestones, np_incident_durations;
          insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
          select source_account_id, id, milestone.kind, milestone.at, milestone.at, 'ana', case milestone.kind when 'detected' then 'system' else 'person' end
          from np_incidents
          cross join lateral (values
            ('started', opened_at), ('detected', opened_at + interval '2 minutes' * random()),
            ('declared', opened_at + interval '3 minutes'), ('acknowledged', acknowledged_at + interval '9 minutes' * random()),
            ('mitigated', mitigated_at + interval '9 minutes' * random()), ('resolved', resolved_at + interval '5 hours' * random() * random())
          ) milestone (kind, at)
          where milestone.at is not null;
          """);
      for (int account = 0; account < ACCOUNTS; account++) {
        statement.execute(
            "select np_incident_durations_rebuild('" + (Dataset.FIRST_ACCOUNT + account) + "')");
      }
      statement.execute("vacuum (analyze)");
      statement.execute("checkpoint");
    }
  }

  /** Starts this build on a database of another jar, which goes on serving meanwhile. */
  private void migration(String jar, int incidents, int events)
      throws SQLException, InterruptedException {
    cluster.create(DATABASE, "template1");
    List<String> program = List.of("-jar", jar);
    try (ServiceProcess before = ServiceUnderTest.start(program, cluster.url(DATABASE), Map.of())) {
      Dataset.write(cluster, DATABASE, new Dataset.Size(ACCOUNTS, incidents, events, 0));
      finishTimelines();
      AtomicBoolean over = new AtomicBoolean();
      List<Writer> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Writer writer =
            new Writer(
                before, String.valueOf(Dataset.FIRST_ACCOUNT + i), incidents / ACCOUNTS, over);
        writers.add(writer);
        writer.start();
      }
      // The JIT compiles meanwhile; its end cannot be observed.
      Thread.sleep(3_000);
      writers.forEach(Writer::take);
      // The length of the measurement without a migration.
      Thread.sleep(5_000);
      Latencies alone = taken(writers);
      long start = System.nanoTime();
      try (ServiceProcess after = ServiceUnderTest.start(cluster.url(DATABASE), Map.of())) {
        double seconds = (System.nanoTime() - start) / 1e9;
        Latencies beside = taken(writers);
        // The length of the measurement after the migration.
        Thread.sleep(2_000);
        over.set(true);
        for (Writer writer : writers) {
          writer.join();
        }
        report("writes of the version before, alone", alone);
        report("writes of the version before, during the migration", beside);
        report("writes of the version before, after the migration", taken(writers));
        Report.progress("ready after %.1f s, the start of the process included", seconds);
        after.log().stream()
            .filter(line -> line.contains("milestones of"))
            .forEach(line -> Report.progress("%s", line));
        before.log().stream()
            .filter(line -> line.contains("ERROR"))
            .limit(5)
            .forEach(line -> Report.progress("%s", line));
        Report.progress(
            "migrations longer than 0.1 s: %s",
            cluster.text(
                DATABASE,
                "select string_agg(version || ' ' || round(execution_time / 1000.0, 1) || ' s', ',"
                    + " ' order by installed_rank) from "
                    + Migrations.HISTORY_TABLE
                    + " where execution_time > 100"));
        Report.progress(
            "%s incidents, %s events; %s incidents without durations, %s not told completely, %s"
                + " failed writes",
            cluster.text(DATABASE, "select count(*) from np_incidents"),
            cluster.text(DATABASE, "select count(*) from np_incident_timeline"),
            cluster.text(
                DATABASE,
                "select count(*) from np_incidents i where not exists (select from"
                    + " np_incident_durations d where d.source_account_id = i.source_account_id and"
                    + " d.incident_id = i.id)"),
            cluster.text(
                DATABASE, "select count(*) from np_incident_durations where not history_complete"),
            writers.stream().mapToInt(Writer::failures).sum());
      }
    } finally {
      cluster.drop(DATABASE);
    }
  }

  /**
   * Ends the timelines of resolved incidents with their resolution, and redacts one in a hundred.
   */
  private void finishTimelines() throws SQLException {
    try (Connection connection = cluster.connect(DATABASE);
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          set session_replication_role = replica;
          update np_incident_timeline event
          set kind = 'status_changed', recorded_at = resolved_at,
            data = case when number % 100 = 0 then null else '{"from": "acknowledged", "to": "resolved"}'::jsonb end
          from np_incidents incident
          join np_incident_timeline_heads head on head.source_account_id = incident.source_account_id and head.incident_id = incident.id
          where incident.status in ('resolved', 'closed') and event.source_account_id = incident.source_account_id
            and event.incident_id = incident.id and event.seq = head.seq;
          """);
      statement.execute("vacuum (analyze)");
      statement.execute("checkpoint");
    }
  }

  private static Latencies taken(List<Writer> writers) {
    return new Latencies(
        writers.stream().flatMap(writer -> writer.take().stream()).mapToLong(Long::longValue));
  }

  /**
   * Opens, acknowledges and resolves incidents, and changes existing ones, 50 times a second or as
   * often as the service permits: writers that never pause would measure how they and the migration
   * share two processors.
   */
  private static final class Writer extends Thread {
    private static final long INTERVAL_NANOS = 20_000_000;

    private final ServiceProcess service;
    private final String account;
    private final int incidents;
    private final AtomicBoolean over;
    private final Random random = new Random(3);
    private List<Long> micros = new ArrayList<>();
    private int failures;
    private long next = System.nanoTime();

    Writer(ServiceProcess service, String account, int incidents, AtomicBoolean over) {
      this.service = service;
      this.account = account;
      this.incidents = incidents;
      this.over = over;
    }

    @Override
    public void run() {
      // Not by Api, which compares responses with this build's contract.
      try (HttpClient client = HttpClient.newHttpClient()) {
        while (!over.get()) {
          String path = "/api/v1/incidents/" + (1 + random.nextInt(incidents));
          write(client, "POST", "/api/v1/incidents", "{\"title\":\"x\"}");
          for (String status : List.of("acknowledged", "resolved", "open")) {
            write(client, "PATCH", path, "{\"status\":\"%s\",\"reason\":\"r\"}".formatted(status));
          }
          write(client, "POST", path + "/timeline", "{\"message\":\"x\"}");
        }
      }
    }

    private void write(HttpClient client, String method, String path, String body) {
      int status;
      String answer;
      long start = System.nanoTime();
      try {
        next = Math.max(next + INTERVAL_NANOS, start);
        TimeUnit.NANOSECONDS.sleep(next - start);
        start = System.nanoTime();
        HttpResponse<String> response =
            client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + service.port() + path))
                    .header("Authorization", "Bearer " + Service.TOKEN)
                    .header("X-Source-Account-Id", account)
                    .header("Content-Type", "application/json")
                    .method(method, BodyPublishers.ofString(body))
                    .build(),
                BodyHandlers.ofString());
        status = response.statusCode();
        answer = response.body();
      } catch (IOException e) {
        status = 500;
        answer = e.toString();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      synchronized (this) {
        micros.add((System.nanoTime() - start) / 1_000);
        // The status of an incident that is there already may not allow the next one.
        if (status >= 300 && status != 409) {
          failures++;
          if (failures <= 5) {
            Report.progress("%s %s answered %d: %.300s", method, path, status, answer);
          }
        }
      }
    }

    /** The durations in microseconds since the last time. */
    synchronized List<Long> take() {
      List<Long> taken = micros;
      micros = new ArrayList<>();
      return taken;
    }

    synchronized int failures() {
      return failures;
    }
  }
}
