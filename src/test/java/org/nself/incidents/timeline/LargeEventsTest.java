package org.nself.incidents.timeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.web.response.ResponseSizeBudget;
import tools.jackson.databind.JsonNode;

/** Pages of a timeline are bounded in bytes too, however well the events compress. */
@ExtendWith(RunningService.class)
class LargeEventsTest {

  private static final int EVENTS = 75;

  /** The budget, what surrounds the texts in a response, and one event beyond the budget. */
  private static final int MOST = (int) ResponseSizeBudget.DEFAULT_MAX_BYTES + 200 * 1024;

  private final Api api;

  LargeEventsTest(Service service) {
    this.api = service.as(Service.newAccount(), "responder");
  }

  private String filled(String letter) {
    String incident = api.open("Large");
    String letters = letter.repeat(65_000 / letter.getBytes(StandardCharsets.UTF_8).length);
    for (int i = 2; i <= EVENTS; i++) {
      api.post(
              "/api/v1/incidents/" + incident + "/timeline",
              "{\"kind\":\"log\",\"data\":{\"log\":\"" + letters + "\"}}")
          .expect(201);
    }
    return incident;
  }

  @Test
  void aPageOfRestEndsEarlyAndTheNextContinuesWithoutAGap() {
    String incident = filled("x");
    List<Integer> seqs = new ArrayList<>();
    int pages = 0;
    JsonNode next;
    do {
      Response page =
          api.get(
                  "/api/v1/incidents/%s/timeline?limit=200&after_seq=%d"
                      .formatted(incident, seqs.isEmpty() ? 0 : seqs.getLast()))
              .expect(200);
      assertThat(page.text().length()).as("bytes of a page").isLessThan(MOST);
      page.at("timeline").forEach(event -> seqs.add(event.at("/seq").asInt()));
      next = page.at("next_after_seq");
      if (!next.isNull()) {
        assertThat(next.asInt()).isEqualTo(seqs.getLast());
      }
      pages++;
    } while (!next.isNull());
    assertThat(seqs)
        .as("all of the events, in order")
        .isEqualTo(IntStream.rangeClosed(1, EVENTS).boxed().toList());
    assertThat(pages).isBetween(2, 3);
  }

  @Test
  void anIncidentShowsItsNewestEventsWithinTheBudget() {
    String incident = filled("Straße ");
    Response detail = api.get("/api/v1/incidents/" + incident).expect(200);
    assertThat(detail.text().length()).isLessThan(MOST);
    List<Integer> seqs = new ArrayList<>();
    detail.at("timeline").forEach(event -> seqs.add(event.at("/seq").asInt()));
    assertThat(seqs).hasSizeGreaterThan(10).isSorted();
    assertThat(seqs.getLast()).isEqualTo(EVENTS);
  }

  @Test
  void theTimelinesOfAListShareTheBudgetAndSayThatMoreFollows() {
    filled("x");
    filled("y");
    JsonNode incidents =
        api.data(
                """
                { incidents(orderBy: OPENED_AT_ASC) { nodes {
                    timeline(first: 200) { nodes { seq data } pageInfo { hasNextPage } } } } }\
                """)
            .at("/incidents/nodes");
    assertThat(incidents).hasSize(2);
    assertThat(incidents.toString().length()).isLessThan(MOST);
    int all = 0;
    for (JsonNode incident : incidents) {
      int here = incident.at("/timeline/nodes").size();
      all += here;
      assertThat(incident.at("/timeline/pageInfo/hasNextPage").asBoolean())
          .as("whether more follows than %d of %d", here, EVENTS)
          .isEqualTo(here < EVENTS);
    }
    assertThat(all).isBetween(20, EVENTS);
  }

  @Test
  void allFieldsOfARequestShareTheBudget() {
    String incident = filled("x");
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      fields.append(
          " t%d: timeline(first: 40, beforeSeq: %d) { nodes { data } pageInfo { hasNextPage } }"
              .formatted(i, 1_000 + i));
    }
    JsonNode answer = api.data("{ incident(id: \"" + incident + "\") {" + fields + " } }");
    assertThat(answer.toString().length()).as("characters of ten pages").isLessThan(MOST);
    assertThat(answer.at("/incident/t9/pageInfo/hasNextPage").asBoolean()).isTrue();
  }

  /** Such a number is stored in few bytes and written with two hundred digits. */
  @Test
  void numbersAreMeasuredAsTheyAreWritten() {
    String incident = api.open("Numbers");
    String numbers = "1e199,".repeat(300) + "1";
    for (int i = 2; i <= EVENTS; i++) {
      api.post(
              "/api/v1/incidents/" + incident + "/timeline",
              "{\"kind\":\"log\",\"data\":[" + numbers + "]}")
          .expect(201);
    }
    assertThat(api.get("/api/v1/incidents/" + incident + "/timeline?limit=200").text().length())
        .isLessThan(MOST);
  }

  @Test
  void pagingBackwardsReturnsTheNewestEvents() {
    String incident = filled("x");
    JsonNode timeline =
        api.data(
                """
                { incident(id: "%s") { timeline(last: 200) { nodes { seq } pageInfo { hasPreviousPage hasNextPage } } } }\
                """
                    .formatted(incident))
            .at("/incident/timeline");
    assertThat(timeline.at("/nodes").get(timeline.at("/nodes").size() - 1).at("/seq").asInt())
        .isEqualTo(EVENTS);
    assertThat(timeline.at("/nodes").size()).isBetween(20, EVENTS - 1);
    assertThat(timeline.at("/pageInfo/hasPreviousPage").asBoolean()).isTrue();
    assertThat(timeline.at("/pageInfo/hasNextPage").asBoolean()).isFalse();
  }

  @Test
  void everyPageHasAnEventOrSaysThatNothingFollows() {
    filled("x");
    filled("y");
    JsonNode incidents =
        api.data(
                """
                { incidents { nodes {
                    a: timeline(last: 40) { nodes { seq data } pageInfo { hasPreviousPage startCursor } }
                    b: timeline(first: 40, afterSeq: 1) { nodes { seq data } pageInfo { hasNextPage endCursor } } } } }\
                """)
            .at("/incidents/nodes");
    assertThat(incidents).hasSize(2);
    for (JsonNode incident : incidents) {
      assertThat(incident.at("/a/nodes").size()).isPositive();
      assertThat(incident.at("/a/pageInfo/hasPreviousPage").asBoolean()).isTrue();
      assertThat(incident.at("/a/pageInfo/startCursor").isString()).isTrue();
      assertThat(incident.at("/b/nodes").size()).isPositive();
      assertThat(incident.at("/b/pageInfo/hasNextPage").asBoolean()).isTrue();
      assertThat(incident.at("/b/pageInfo/endCursor").isString()).isTrue();
    }
  }

  @Test
  void moreLargePagesThanAResponseCanHoldAreAnError() {
    String incident = filled("x");
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      fields.append(
          " t%d: timeline(last: 1, beforeSeq: %d) { nodes { data } }".formatted(i, 1_000 + i));
    }
    assertThat(
            api.error("{ incident(id: \"" + incident + "\") {" + fields + " } }", "{}")
                .at("/extensions/code")
                .asString())
        .isEqualTo("too_large");
  }
}
