package org.nself.incidents.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;
import tools.jackson.databind.JsonNode;

/** The examples of the try-out. */
@ExtendWith(RunningService.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoAccountTest {

  private static final String DEMO = "/console/try-out/demo";

  private final Service service;
  private final Api page;

  DemoAccountTest(TestPostgres postgres) {
    service = Service.startTryOut(postgres.createDatabase());
    page = as("admin");
  }

  private Api as(String role) {
    Response session =
        service
            .with(Map.of("Sec-Fetch-Site", "same-origin"))
            .post("/console/try-out/session", "{\"role\":\"" + role + "\"}")
            .expect(200);
    return service.with(Map.of("Authorization", "Bearer " + session.text("token")));
  }

  @AfterAll
  void stop() {
    service.close();
  }

  @Test
  void anAccountIsFilledOnceWithNinetyDaysOfIncidents() {
    as("responder").post(DEMO, "{}").expect(403);
    service.with(Map.of()).post(DEMO, "{}").expect(401);
    Response filled = page.post(DEMO, "{}").expect(200);
    assertThat(filled.at("filled").asBoolean()).isTrue();
    int incidents = filled.at("incidents").asInt();
    assertThat(incidents).isGreaterThan(300);
    assertThat(page.post(DEMO, "{}").expect(200).at("filled").asBoolean()).isFalse();
    assertThat(page.data("{ incidents { totalCount } }").at("/incidents/totalCount").asInt())
        .isEqualTo(incidents);

    everyIncidentIsBelievable();
    somethingIsGoingOn();
    theNumbersAreThoseOfATeam();
  }

  private void theNumbersAreThoseOfATeam() {
    JsonNode total =
        page.data(
                """
                { incidentMetrics(from: "FROM", to: "TO", timeZone: "Europe/Berlin") { total {
                    timeToAcknowledge { count medianSeconds }
                    timeToMitigate { count medianSeconds }
                    timeToResolve { count medianSeconds } } } }
                """
                    .replace("FROM", Instant.now().minus(Duration.ofDays(91)).toString())
                    .replace("TO", Instant.now().toString()))
            .at("/incidentMetrics/total");
    assertThat(total.at("/timeToResolve/count").asInt()).isGreaterThan(200);
    double acknowledge = total.at("/timeToAcknowledge/medianSeconds").asDouble();
    double mitigate = total.at("/timeToMitigate/medianSeconds").asDouble();
    double resolve = total.at("/timeToResolve/medianSeconds").asDouble();
    assertThat(acknowledge).isBetween(120.0, 3_600.0);
    assertThat(mitigate).isBetween(acknowledge, resolve);
    assertThat(resolve).isBetween(1_800.0, 14_400.0);
    assertThat(
            page.data("{ incidents(filter: {kind: [DRILL]}) { totalCount } }")
                .at("/incidents/totalCount")
                .asInt())
        .isPositive();
  }

  private void everyIncidentIsBelievable() {
    Instant now = Instant.now();
    TreeSet<String> statuses = new TreeSet<>();
    Instant oldest = now;
    String after = "null";
    do {
      JsonNode list =
          page.data(
                  """
                  { incidents(first: 50, after: AFTER, orderBy: OPENED_AT_ASC) {
                      pageInfo { hasNextPage endCursor }
                      nodes { number status openedAt acknowledgedAt resolvedAt updatedAt
                        timelineVerification { intact }
                        timeline(first: 50) { nodes { kind occurredAt recordedAt } } } } }
                  """
                      .replace("AFTER", after))
              .get("incidents");
      for (JsonNode incident : list.get("nodes")) {
        statuses.add(incident.get("status").asString());
        Instant opened = Instant.parse(incident.get("openedAt").asString());
        oldest = opened.isBefore(oldest) ? opened : oldest;
        assertThat(incident.at("/timelineVerification/intact").asBoolean()).isTrue();
        List<Instant> times =
            incident
                .at("/timeline/nodes")
                .valueStream()
                .filter(event -> !event.get("kind").asString().startsWith("runbook"))
                .map(event -> Instant.parse(event.get("recordedAt").asString()))
                .toList();
        assertThat(times).as("%s", incident).isSorted().allMatch(at -> !at.isBefore(opened));
        assertThat(times.getLast()).as("%s", incident).isBefore(now.plusSeconds(60));
        if (!incident.get("acknowledgedAt").isNull() && !incident.get("resolvedAt").isNull()) {
          Duration lasted =
              Duration.between(
                  Instant.parse(incident.get("acknowledgedAt").asString()),
                  Instant.parse(incident.get("resolvedAt").asString()));
          assertThat(lasted).as("%s", incident).isBetween(Duration.ZERO, Duration.ofDays(1));
        }
      }
      after =
          list.at("/pageInfo/hasNextPage").asBoolean()
              ? "\"" + list.at("/pageInfo/endCursor").asString() + "\""
              : "";
    } while (!after.isEmpty());
    assertThat(statuses)
        .contains("OPEN", "ACKNOWLEDGED", "MITIGATING", "RESOLVED", "CLOSED", "CANCELLED");
    assertThat(Duration.between(oldest, now)).isBetween(Duration.ofDays(80), Duration.ofDays(91));
  }

  private void somethingIsGoingOn() {
    JsonNode runbooks =
        page.data(
                "{ runbooks { nodes { key executions { nodes { status steps { kind status"
                    + " decisions { actor } } } } } } }")
            .at("/runbooks/nodes");
    assertThat(runbooks).hasSize(3);
    assertThat(runbooks.findValuesAsString("status")).contains("WAITING");
    assertThat(runbooks.findValuesAsString("actor")).containsExactly("ben");
  }
}
