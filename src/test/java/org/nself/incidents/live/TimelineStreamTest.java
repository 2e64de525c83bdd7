package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Eventually;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.testing.TestPostgres;

/** REST by Server-Sent Events. */
@ExtendWith(RunningService.class)
class TimelineStreamTest {

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;
  private final String incident;

  TimelineStreamTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
    this.incident = api.open("Watched");
  }

  private String timeline() {
    return "/api/v1/incidents/" + incident + "/timeline";
  }

  private void note(String message) {
    api.post(timeline(), "{\"message\":\"" + message + "\"}").expect(201);
  }

  @Test
  void earlierEventsAreReplayedAndNewOnesFollow() {
    note("before");
    try (StreamClient stream = StreamClient.get(api, timeline()).expect(200)) {
      assertThat(stream.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
      assertThat(stream.next().json().at("/kind").asString()).isEqualTo("opened");
      assertThat(stream.next().json().at("/message").asString()).isEqualTo("before");
      note("after");
      StreamClient.Message message = stream.next();
      assertThat(message.id()).isEqualTo("3");
      assertThat(message.json())
          .as("the same as in the page")
          .isEqualTo(api.get(timeline() + "?after_seq=2").at("timeline/0"));
    }
  }

  @Test
  void afterSeqAndLastEventIdAreCursors() {
    note("two");
    note("three");
    try (StreamClient stream = StreamClient.get(api, timeline() + "?after_seq=1").expect(200)) {
      assertThat(stream.next().id()).isEqualTo("2");
    }
    try (StreamClient stream =
        StreamClient.get(api.header("Last-Event-ID", "2"), timeline() + "?after_seq=0")
            .expect(200)) {
      assertThat(stream.next().id()).as("the header takes precedence").isEqualTo("3");
    }
  }

  @Test
  void anIncidentMayBeNamedByItsNumber() {
    try (StreamClient stream = StreamClient.get(api, "/api/v1/incidents/1/timeline").expect(200)) {
      assertThat(stream.next().id()).isEqualTo("1");
    }
  }

  @Test
  void eventsOfPsqlArriveByPolling() throws SQLException {
    try (StreamClient stream = StreamClient.get(api, timeline() + "?after_seq=1").expect(200);
        StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200)) {
      psql(
          "insert into np_incident_timeline (source_account_id, incident_id, message) values ('%s',"
              + " '%s', 'by hand')");
      assertThat(stream.next().json().at("/message").asString()).isEqualTo("by hand");
      assertThat(all.next().json().at("/event/message").asString()).isEqualTo("by hand");
    }
  }

  @Test
  void theChangesOfAnAccountAreStreamedFromNowOnAndFromACursor() {
    String first;
    try (StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200)) {
      Eventually.until(
          Duration.ofSeconds(5), "an id before any message", () -> !all.lastId().isEmpty());
      first = all.lastId();
      note("one");
      assertThat(all.next().json().at("/event/message").asString()).isEqualTo("one");
      api.patch("/api/v1/incidents/" + incident, "{\"status\":\"acknowledged\"}").expect(200);
      StreamClient.Message change = all.next();
      assertThat(change.json().at("/event/kind").asString()).isEqualTo("status_changed");
      assertThat(change.json().at("/incident/status").asString()).isEqualTo("acknowledged");
      assertThat(change.json().at("/cursor").asString()).isEqualTo(change.id());
    }
    api.open("Another");
    try (StreamClient all =
        StreamClient.get(api.header("Last-Event-ID", first), "/api/v1/incidents").expect(200)) {
      List<String> kinds = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        kinds.add(all.next().json().at("/event/kind").asString());
      }
      assertThat(kinds).containsExactly("note", "status_changed", "opened");
    }
  }

  @Test
  void anotherAccountsIncidentIsNotFound() {
    Api other = service.admin();
    try (StreamClient stream = StreamClient.get(other, timeline())) {
      stream.expect(404);
      assertThat(stream.header("Content-Type")).isEqualTo("application/problem+json");
    }
  }

  @Test
  void aCursorOfAnotherAccountIsInvalid() {
    String cursor;
    try (StreamClient all = StreamClient.get(api, "/api/v1/incidents").expect(200)) {
      Eventually.until(Duration.ofSeconds(5), "an id", () -> !all.lastId().isEmpty());
      cursor = all.lastId();
    }
    try (StreamClient all =
        StreamClient.get(service.admin().header("Last-Event-ID", cursor), "/api/v1/incidents")) {
      all.expect(400);
    }
  }

  @Test
  void aTextThatIsNoCursorIsInvalid() {
    try (StreamClient stream = StreamClient.get(api.header("Last-Event-ID", "abc"), timeline())) {
      stream.expect(400);
    }
    try (StreamClient stream = StreamClient.get(api, timeline() + "?limit=3")) {
      stream.expect(400);
    }
  }

  @Test
  void anAccountDoesNotSeeChangesOfAnother() {
    Api other = service.admin();
    other.open("Theirs");
    try (StreamClient mine = StreamClient.get(api, "/api/v1/incidents").expect(200);
        StreamClient theirs = StreamClient.get(other, "/api/v1/incidents").expect(200)) {
      note("mine");
      other.open("Theirs too");
      assertThat(mine.next().json().at("/event/message").asString()).isEqualTo("mine");
      assertThat(theirs.next().json().at("/event/message").asString()).isEqualTo("Theirs too");
      StreamClient.@Nullable Message more = mine.poll(300);
      assertThat(more).as("further messages").isNull();
    }
  }

  @Test
  void aClientThatAcceptsAnythingGetsAPage() {
    Api curl = api.header("Accept", "*/*");
    assertThat(curl.get(timeline()).expect(200).at("timeline/0/seq").asInt()).isEqualTo(1);
    assertThat(curl.get("/api/v1/incidents").expect(200).at("incidents/0/number").asInt())
        .isEqualTo(1);
    assertThat(api.get("/api/v1/incidents").expect(200).at("incidents/0/number").asInt())
        .isEqualTo(1);
  }

  private void psql(String sql) throws SQLException {
    try (Connection connection = TestPostgres.connect(service.databaseUrl());
        Statement statement = connection.createStatement()) {
      statement.execute(sql.formatted(account, incident));
    }
  }
}
