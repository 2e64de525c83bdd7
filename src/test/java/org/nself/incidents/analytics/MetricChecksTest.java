package org.nself.incidents.analytics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.DirectDatabase;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Metrics of a few incidents that can be computed by hand, in both APIs. */
@ExtendWith(RunningService.class)
class MetricChecksTest {

  private static final String DAY = "2026-03-02T";
  private static final String PERIOD = "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z";
  private static final String ARGUMENTS =
      "from: \"2026-03-01T00:00:00Z\", to: \"2026-04-01T00:00:00Z\"";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  MetricChecksTest(Service service) {
    this.service = service;
    this.api = service.as(account, "user");
  }

  private String open(String openedAt, String more) {
    return api.post(
            "/api/v1/incidents",
            "{\"title\":\"x\",\"opened_at\":\"%s\"%s}".formatted(openedAt, more))
        .expect(201)
        .text("id");
  }

  private void transition(String id, String status) {
    api.patch(
            "/api/v1/incidents/" + id,
            "{\"status\":\"%s\",\"reason\":\"As it was\"}".formatted(status))
        .expect(200);
  }

  private Response set(String id, String kind, String at) {
    return api.send(
        "PUT",
        "/api/v1/incidents/" + id + "/milestones/" + kind,
        "{\"occurred_at\":\"%s\",\"reason\":\"From the logs\"}"
            .formatted(at)
            .getBytes(java.nio.charset.StandardCharsets.UTF_8),
        "application/json");
  }

  private void resolve(String id, String at) {
    transition(id, "resolved");
    set(id, "resolved", at).expect(200);
  }

  /** Reopens an incident, and then moves the reopening to another time, as nobody else can. */
  private void reopen(String id, String at) {
    transition(id, "open");
    new DirectDatabase(service.databaseUrl())
        .execute(
            """
            set session_replication_role = replica;
            update np_incident_timeline set recorded_at = '%1$s'
            where incident_id = '%2$s' and kind = 'status_changed' and data ->> 'to' = 'open';
            update np_incident_milestones set reopened_at = '%1$s'
            where incident_id = '%2$s' and reopened_at is not null;
            select np_incident_durations_rebuild('%3$s');
            """
                .formatted(at, id, account));
  }

  /** MTTR of the period by GraphQL, after it was compared with REST. */
  private JsonNode timeToResolve(String basis) {
    JsonNode metric =
        api.data(
                """
                { incidentMetrics(%s, basis: %s) {
                  total { timeToResolve { count meanSeconds medianSeconds p90Seconds excluded { reason count } incidents { nodes { id } } } } } }
                """
                    .formatted(ARGUMENTS, basis))
            .at("/incidentMetrics/total/timeToResolve");
    JsonNode rest =
        api.get(
                "/api/v1/metrics/incidents?"
                    + PERIOD
                    + "&basis="
                    + basis.toLowerCase(java.util.Locale.ROOT))
            .expect(200)
            .at("total/time_to_resolve");
    assertThat(rest.get("count")).isEqualTo(metric.get("count"));
    assertThat(rest.get("mean_seconds")).isEqualTo(metric.get("meanSeconds"));
    assertThat(rest.get("median_seconds")).isEqualTo(metric.get("medianSeconds"));
    assertThat(rest.get("p90_seconds")).isEqualTo(metric.get("p90Seconds"));
    return metric;
  }

  @Test
  void theIncidentsOfAGroupWithoutAValueAreListed() {
    String owned = open(DAY + "09:00:00Z", ",\"owner\":\"ana\",\"labels\":{\"team\":\"db\"}");
    String unowned = open(DAY + "09:00:00Z", "");
    for (String id : List.of(owned, unowned)) {
      resolve(id, DAY + "10:00:00Z");
    }
    String counted = "/api/v1/metrics/incidents/counted?" + PERIOD;
    for (String without :
        List.of("owner", "service,owner", "label,owner&label_name=team", "label&label_name=team")) {
      assertThat(
              api.get(counted + "&without=" + without)
                  .expect(200)
                  .at("incidents")
                  .findValuesAsString("id"))
          .as("without " + without)
          .containsExactly(unowned);
    }
    assertThat(api.get(counted + "&owner=ana&without=service").expect(200).at("incidents/0/id"))
        .as("a filter says the values of the other dimensions")
        .hasToString("\"" + owned + "\"");
    assertThat(api.get(counted + "&without=severity").expect(400).body().toString())
        .contains("without", "service, owner or label");
    assertThat(api.get(counted + "&without=label").expect(400).body().toString())
        .contains("label_name");
  }

  @ParameterizedTest
  @CsvSource({"WALL,43200", "ACTIVE,7200", "FIRST,3600"})
  void aReopenedIncidentHasTheTimeOfEachBasis(String basis, double seconds) {
    String id = open(DAY + "09:00:00Z", "");
    resolve(id, DAY + "10:00:00Z");
    reopen(id, DAY + "20:00:00Z");
    resolve(id, DAY + "21:00:00Z");
    JsonNode metric = timeToResolve(basis);
    assertThat(metric.get("count").asInt()).isEqualTo(1);
    assertThat(metric.get("meanSeconds").asDouble()).isEqualTo(seconds);
    assertThat(metric.get("medianSeconds").asDouble()).isEqualTo(seconds);
    assertThat(metric.at("/incidents/nodes/0/id").asString()).isEqualTo(id);
    JsonNode reopened =
        api.data(
                "{ incidentMetrics(%s) { total { incidentCount reopenRate { count rate } } } }"
                    .formatted(ARGUMENTS))
            .at("/incidentMetrics/total");
    assertThat(reopened.at("/reopenRate/rate").asDouble()).isEqualTo(1);
    JsonNode milestones = api.get("/api/v1/incidents/" + id + "/milestones").expect(200).body();
    assertThat(milestones.get("first_resolved_at").asString()).startsWith(DAY + "10:00:00");
  }

  @Test
  void anIncidentThatWasReopenedAndNeverResolvedAgainIsOpenSinceThen() {
    String id = open(DAY + "09:00:00Z", "");
    resolve(id, DAY + "10:00:00Z");
    reopen(id, DAY + "20:00:00Z");
    assertThat(timeToResolve("WALL").get("count").asInt()).isZero();
    JsonNode open =
        api.data("{ incidentMetrics(%s) { openCount oldestOpenedAt } }".formatted(ARGUMENTS))
            .at("/incidentMetrics");
    assertThat(open.get("openCount").asInt()).isEqualTo(1);
    assertThat(open.get("oldestOpenedAt").asString()).startsWith(DAY + "20:00:00");
    Response rest = api.get("/api/v1/metrics/incidents?" + PERIOD).expect(200);
    assertThat(rest.at("open_count").asInt()).isEqualTo(1);
    assertThat(rest.text("oldest_opened_at")).startsWith(DAY + "20:00:00");
    assertThat(
            api.data("{ incidents { nodes { firstResolvedAt } } }")
                .at("/incidents/nodes/0/firstResolvedAt")
                .asString())
        .startsWith(DAY + "10:00:00");
  }

  @Test
  void onlyTheSurvivorOfAMergeCounts() {
    String merged = open(DAY + "09:00:00Z", "");
    String survivor = open(DAY + "09:30:00Z", "");
    api.post("/api/v1/incidents/" + merged + "/merge", "{\"into\":\"" + survivor + "\"}")
        .expect(200);
    resolve(survivor, DAY + "10:00:00Z");
    JsonNode metric = timeToResolve("WALL");
    assertThat(metric.get("count").asInt()).isEqualTo(1);
    assertThat(metric.get("meanSeconds").asDouble()).isEqualTo(1800);
    assertThat(metric.at("/incidents/nodes")).hasSize(1);
    assertThat(metric.at("/incidents/nodes/0/id").asString()).isEqualTo(survivor);
    // The merge is of today, so it is excluded there.
    JsonNode today =
        api.data(
                "{ incidentMetrics(from: \"2026-03-01T00:00:00Z\", to: \"2030-01-01T00:00:00Z\") {"
                    + " total { timeToResolve { excluded { reason count } } } } }")
            .at("/incidentMetrics/total/timeToResolve/excluded");
    assertThat(today.toString()).isEqualTo("[{\"reason\":\"MERGED\",\"count\":1}]");
  }

  @Test
  void drillsAndInfoAreLeftOutUnlessTheFilterNamesThem() {
    resolve(open(DAY + "09:00:00Z", ",\"is_drill\":true"), DAY + "10:00:00Z");
    resolve(open(DAY + "09:00:00Z", ",\"severity\":\"info\""), DAY + "11:00:00Z");
    resolve(open(DAY + "09:00:00Z", ""), DAY + "12:00:00Z");
    JsonNode all = timeToResolve("WALL");
    assertThat(all.get("meanSeconds").asDouble()).isEqualTo(3 * 3600);
    assertThat(all.get("excluded").toString())
        .isEqualTo("[{\"reason\":\"DRILL\",\"count\":1},{\"reason\":\"INFO\",\"count\":1}]");
    assertThat(
            api.get("/api/v1/metrics/incidents?kind=drill&" + PERIOD)
                .expect(200)
                .at("total/time_to_resolve/mean_seconds")
                .asDouble())
        .isEqualTo(3600);
    assertThat(
            api.get("/api/v1/metrics/incidents/counted?severity=info&" + PERIOD)
                .expect(200)
                .at("incidents"))
        .hasSize(1);
  }

  @Test
  void theTimesBeforeTheResolutionAreCountedFromTheirMilestones() {
    String id = open(DAY + "09:00:00Z", "");
    transition(id, "acknowledged");
    for (String[] milestone :
        new String[][] {
          {"started", "08:50:00Z"}, {"detected", "08:55:00Z"}, {"mitigated", "09:20:00Z"}
        }) {
      set(id, milestone[0], DAY + milestone[1]).expect(200);
    }
    resolve(id, DAY + "09:50:00Z");
    JsonNode total =
        api.data(
                """
                { incidentMetrics(%s, ackFrom: STARTED) { total {
                  timeToDetect { meanSeconds } timeToAcknowledge { meanSeconds } timeToMitigate { meanSeconds } } } }
                """
                    .formatted(ARGUMENTS))
            .at("/incidentMetrics/total");
    assertThat(total.at("/timeToDetect/meanSeconds").asDouble()).isEqualTo(300);
    assertThat(total.at("/timeToMitigate/meanSeconds").asDouble()).isEqualTo(1800);
    set(id, "acknowledged", DAY + "08:58:20Z").expect(200);
    assertThat(
            api.get("/api/v1/metrics/incidents?ack_from=started&" + PERIOD)
                .at("total/time_to_acknowledge/mean_seconds")
                .asDouble())
        .isEqualTo(500);
  }

  @Test
  void aTimeToDetectIsUnknownWhereNobodySaidWhenItStarted() {
    String id = api.open("Just now");
    transition(id, "resolved");
    JsonNode metric =
        api.data(
                "{ incidentMetrics(from: \"2026-01-01T00:00:00Z\", to: \"2030-01-01T00:00:00Z\") {"
                    + " total { timeToDetect { count meanSeconds excluded { reason count } } } } }")
            .at("/incidentMetrics/total/timeToDetect");
    assertThat(metric.toString())
        .isEqualTo(
            "{\"count\":0,\"meanSeconds\":null,\"excluded\":[{\"reason\":\"UNKNOWN\",\"count\":1}]}");
  }

  @Test
  void theTimeBetweenFailuresOfAServiceIsTheGapLessTheDowntime() {
    resolve(open(DAY + "09:00:00Z", ",\"services\":[\"db\",\"web\"]"), DAY + "10:00:00Z");
    resolve(open(DAY + "12:00:00Z", ",\"services\":[\"db\"]"), DAY + "12:30:00Z");
    resolve(open(DAY + "15:00:00Z", ",\"services\":[\"db\"]"), DAY + "16:00:00Z");
    JsonNode groups =
        api.data(
                """
                { incidentMetrics(%s, groupBy: [SERVICE]) { total { incidentCount } groups {
                  dimensions { dimension value } incidentCount timeBetweenFailures { count meanSeconds } } } }
                """
                    .formatted(ARGUMENTS))
            .at("/incidentMetrics");
    assertThat(groups.at("/total/incidentCount").asInt()).isEqualTo(3);
    assertThat(groups.at("/groups/0/dimensions/0/value").asString()).isEqualTo("db");
    assertThat(groups.at("/groups/0/timeBetweenFailures/count").asInt()).isEqualTo(2);
    // From 10:00 to 12:00 and from 12:30 to 15:00.
    assertThat(groups.at("/groups/0/timeBetweenFailures/meanSeconds").asDouble()).isEqualTo(8100);
    assertThat(groups.at("/groups/1/timeBetweenFailures/count").asInt()).isZero();
  }

  /** The days on which clocks change, with their starts and ends in UTC. */
  @ParameterizedTest
  @CsvSource({
    "Europe/Berlin,2026-03-28T23:00:00Z,2026-03-29T22:00:00Z",
    "Europe/Berlin,2026-10-24T22:00:00Z,2026-10-25T23:00:00Z",
    "America/New_York,2026-03-08T05:00:00Z,2026-03-09T04:00:00Z",
    "America/New_York,2026-11-01T04:00:00Z,2026-11-02T05:00:00Z",
    "Australia/Lord_Howe,2026-04-04T13:00:00Z,2026-04-05T13:30:00Z",
    "Australia/Lord_Howe,2026-10-03T13:30:00Z,2026-10-04T13:00:00Z"
  })
  void aDayOnWhichClocksChangeHasItsOwnLength(String zone, String start, String end) {
    java.time.Instant first = java.time.Instant.parse(start);
    java.time.Instant last = java.time.Instant.parse(end);
    for (java.time.Instant at : List.of(first.minusSeconds(1), first, last.minusSeconds(1), last)) {
      resolve(open("2026-01-01T00:00:00Z", ""), at.toString());
    }
    JsonNode buckets =
        api.data(
                """
                { incidentMetrics(from: "%s", to: "%s", bucket: DAY, timeZone: "%s") {
                  total { buckets { start end incidentCount timeToResolve { count incidents { totalCount nodes { id } } } } } } }
                """
                    .formatted(first.minusSeconds(3600), last.plusSeconds(3600), zone))
            .at("/incidentMetrics/total/buckets");
    assertThat(buckets).hasSize(3);
    assertThat(java.time.Instant.parse(buckets.at("/1/start").asString())).isEqualTo(first);
    assertThat(java.time.Instant.parse(buckets.at("/1/end").asString())).isEqualTo(last);
    assertThat(buckets.at("/0/incidentCount").asInt()).isEqualTo(1);
    assertThat(buckets.at("/1/incidentCount").asInt()).isEqualTo(2);
    assertThat(buckets.at("/2/incidentCount").asInt()).isEqualTo(1);
    assertThat(buckets.at("/1/timeToResolve/incidents/nodes")).hasSize(2);
  }

  /** Two times, and the weekday and hour that the wall clock shows at each. */
  @ParameterizedTest
  @CsvSource({
    "Europe/Berlin,2026-10-25T00:30:00Z,7 2,2026-10-25T01:30:00Z,7 2",
    "Europe/Berlin,2026-03-29T00:59:59Z,7 1,2026-03-29T01:00:00Z,7 3",
    "America/New_York,2026-11-01T05:30:00Z,7 1,2026-11-01T06:30:00Z,7 1",
    "America/New_York,2026-03-08T06:59:59Z,7 1,2026-03-08T07:00:00Z,7 3",
    "Australia/Lord_Howe,2026-04-04T14:45:00Z,7 1,2026-04-04T15:10:00Z,7 1",
    "Australia/Lord_Howe,2026-10-03T15:29:59Z,7 1,2026-10-03T15:30:00Z,7 2"
  })
  void theHeatMapShowsTheHourOfTheWallClock(
      String zone, String one, String first, String other, String second) {
    open(one, "");
    open(other, "");
    open(other, ",\"is_drill\":true");
    Map<String, Integer> expected = new TreeMap<>();
    expected.merge(first, 1, Integer::sum);
    expected.merge(second, 1, Integer::sum);
    Map<String, Integer> cells = new TreeMap<>();
    for (JsonNode cell :
        api.data(
                """
                { incidentHeatmap(from: "2026-01-01T00:00:00Z", to: "2026-11-20T00:00:00Z", timeZone: "%s") { weekday hour count } }
                """
                    .formatted(zone))
            .at("/incidentHeatmap")) {
      cells.put(cell.get("weekday") + " " + cell.get("hour"), cell.get("count").asInt());
    }
    assertThat(cells).isEqualTo(expected);
    String query =
        "/api/v1/metrics/heatmap?from=2026-01-01T00:00:00Z&to=2026-11-20T00:00:00Z&time_zone="
            + zone;
    Map<String, Integer> rest = new TreeMap<>();
    for (JsonNode cell : api.get(query).expect(200).at("cells")) {
      rest.put(cell.get("weekday") + " " + cell.get("hour"), cell.get("count").asInt());
    }
    assertThat(rest).isEqualTo(expected);
    assertThat(api.header("Accept", "text/csv").get(query).expect(200).text())
        .startsWith("weekday,hour,count\r\n7," + first.substring(2) + ",");
  }

  @Test
  void metricsAsCsvAreThoseOfJson() {
    resolve(
        open(DAY + "09:00:00Z", ",\"owner\":\"=cmd(),\\\"x\\\"\",\"severity\":\"high\""),
        DAY + "10:00:00Z");
    String csv =
        api.header("Accept", "text/csv")
            .get("/api/v1/metrics/incidents?group_by=severity,owner&" + PERIOD)
            .expect(200)
            .text();
    assertThat(csv.lines().toList())
        .hasSize(1 + 5 * 4)
        .contains(
            "2026-03-01T00:00:00.000000Z,2026-04-01T00:00:00.000000Z,group,high,\"'=cmd(),\"\"x\"\"\",time_to_resolve,1,"
                + "3600.000000,3600.000000,3600.000000,0,0,0,0,0,1,0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "to|from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z",
        "to|from=2026-03-01T00:00:00Z",
        "to|from=2006-03-01T00:00:00Z&to=2026-03-01T00:00:00Z",
        "time_zone|from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&time_zone=%2B02:00",
        "bucket|from=2024-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&bucket=day",
        "group_by|from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&group_by=severity,severity",
        "label_name|from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&group_by=label",
        "label_name|from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&label_name=x"
      })
  void aWrongParameterIsNamed(String field, String query) {
    Response refused = api.get("/api/v1/metrics/incidents?" + query).expect(400);
    assertThat(refused.text("errors/0/field")).isEqualTo(field);
  }
}
