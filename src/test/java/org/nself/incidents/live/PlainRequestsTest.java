package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Subscriptions as simple clients ask for them. */
@ExtendWith(RunningService.class)
class PlainRequestsTest {

  private final Api api;

  PlainRequestsTest(Service service) {
    this.api = service.admin();
  }

  @Test
  void aSubscriptionByPlainPostIsExplained() {
    Response response = api.graphql("subscription { incidentChanges { cursor } }", "{}");
    assertThat(response.text()).doesNotContain("upstream_publisher");
    assertThat(response.text("errors/0/extensions/code")).isEqualTo("invalid");
    assertThat(response.text("errors/0/message"))
        .contains("WebSocket (graphql-transport-ws)", "Accept: text/event-stream");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "subscription($on: Boolean!) { incidentChanges @include(if: $on) { cursor } }",
        "subscription($on: Boolean!) { incidentChanges @skip(if: $on) { cursor } }",
        "subscription($on: Boolean!) { ...F @include(if: $on) } fragment F on Subscription {"
            + " incidentChanges { cursor } }",
        "subscription($on: Boolean!) { ...F } fragment F on Subscription { ... @skip(if: $on) {"
            + " incidentChanges { cursor } } }",
      })
  void aConditionalRootFieldIsInvalid(String query) {
    for (String on : new String[] {"true", "false"}) {
      assertError(api.error(query, "{\"on\":" + on + "}"), "invalid");
    }
  }

  @Test
  void conditionsBelowTheRootAreAllowed() {
    Response response =
        api.graphql(
            "subscription($on: Boolean!) { incidentChanges { cursor @include(if: $on) } }",
            "{\"on\":true}");
    assertThat(response.text("errors/0/message")).contains("WebSocket");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lastEventId", "last_event_id", "evs_last_event_id"})
  void aPolyfillResumesByAParameter(String parameter) throws Exception {
    String timeline = "/api/v1/incidents/" + api.open("Watched") + "/timeline";
    api.post(timeline, "{\"message\":\"Second\"}").expect(201);
    try (StreamClient resumed =
        StreamClient.get(api, timeline + "?after_seq=0&" + parameter + "=1")) {
      assertThat(resumed.next().id()).isEqualTo("2");
    }
    Api stream = api.header("Accept", "text/event-stream");
    for (String path : List.of(timeline, "/api/v1/incidents")) {
      assertThat(stream.get(path + "?" + parameter + "=x").expect(400).text("errors/0/field"))
          .isEqualTo(parameter);
      assertThat(stream.header("Last-Event-ID", "x").get(path).expect(400).text("errors/0/field"))
          .isEqualTo("Last-Event-ID");
    }
    try (StreamClient changes = StreamClient.get(api, "/api/v1/incidents")) {
      api.open("A change");
      String cursor = changes.next().id();
      api.open("Another");
      try (StreamClient resumed =
          StreamClient.get(api, "/api/v1/incidents?" + parameter + "=" + cursor)) {
        assertThat(resumed.next().json().at("/incident/title").asString()).isEqualTo("Another");
      }
    }
  }
}
