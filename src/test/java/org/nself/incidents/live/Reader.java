package org.nself.incidents.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.testing.Api;
import tools.jackson.databind.JsonNode;

/**
 * Subscribes to one timeline or the account over a series of connections, each dropped at random or
 * lost, each resuming after the one before, at any instance.
 */
final class Reader {

  enum Transport {
    REST,
    SOCKET,
    GRAPHQL_STREAM
  }

  private static final String EVENTS =
      "subscription ($id: UUID!, $after: Int) { timelineEvents(incidentId: $id, afterSeq: $after) {"
          + " incidentId seq } }";
  private static final String CHANGES =
      "subscription ($after: String) { incidentChanges(after: $after) { cursor event { incidentId"
          + " seq } } }";

  private final List<Supplier<Api>> instances;
  private final Transport transport;
  private final @Nullable String incident;
  private final List<String> seen = new ArrayList<>();
  private final int longest;
  private String cursor;
  private int connections;

  /**
   * @param incident null for all of the account
   * @param cursor to start from
   * @param longest the most events it reads before it drops a connection
   */
  Reader(
      List<Supplier<Api>> instances,
      Transport transport,
      @Nullable String incident,
      String cursor,
      int longest) {
    this.instances = instances;
    this.transport = transport;
    this.incident = incident;
    this.cursor = cursor;
    this.longest = longest;
  }

  boolean followsAll() {
    return incident == null;
  }

  int seen() {
    return seen.size();
  }

  int connections() {
    return connections;
  }

  /** Reads until everything is written and read. */
  void run(AtomicBoolean written, ExpectedEvents expected) {
    while (!(written.get() && isDone(expected))) {
      ThreadLocalRandom random = ThreadLocalRandom.current();
      Api api = instances.get(random.nextInt(instances.size())).get();
      try {
        follow(api, random.nextInt(1, longest), written, expected);
      } catch (CompletionException | java.io.UncheckedIOException | AssertionError e) {
        // The instance is down.
        LockSupport.parkNanos(50_000_000);
      }
    }
  }

  private boolean isDone(ExpectedEvents expected) {
    return !seen.isEmpty() && seen.getLast().equals(expected.last(incident));
  }

  private void follow(Api api, int atMost, AtomicBoolean written, ExpectedEvents expected) {
    switch (transport) {
      case REST -> {
        Api from = api.header("Last-Event-ID", cursor);
        String path =
            incident == null ? "/api/v1/incidents" : "/api/v1/incidents/" + incident + "/timeline";
        try (StreamClient stream = StreamClient.get(from, path).expect(200)) {
          connections++;
          read(atMost, written, expected, stream::ended, () -> event(stream));
        }
      }
      case GRAPHQL_STREAM -> {
        try (StreamClient stream =
            StreamClient.graphql(api, incident == null ? CHANGES : EVENTS, variables())
                .expect(200)) {
          connections++;
          read(atMost, written, expected, stream::ended, () -> result(stream));
        }
      }
      case SOCKET -> {
        try (SocketClient socket = SocketClient.open(api)) {
          socket.subscribe("a", incident == null ? CHANGES : EVENTS, variables());
          connections++;
          read(
              atMost,
              written,
              expected,
              socket::isClosed,
              () -> {
                @Nullable JsonNode message = socket.poll(200);
                return message == null ? null : message.at("/payload").path("data");
              });
        }
      }
    }
  }

  private String variables() {
    return incident == null
        ? "{\"after\":\"" + cursor + "\"}"
        : "{\"id\":\"%s\",\"after\":%s}".formatted(incident, cursor);
  }

  private static @Nullable JsonNode result(StreamClient stream) {
    StreamClient.@Nullable Message message = stream.poll(200);
    return message == null ? null : message.json().at("/data");
  }

  private static @Nullable JsonNode event(StreamClient stream) {
    StreamClient.@Nullable Message message = stream.poll(200);
    return message == null ? null : message.json();
  }

  private void read(
      int atMost,
      AtomicBoolean written,
      ExpectedEvents expected,
      java.util.function.BooleanSupplier ended,
      Supplier<@Nullable JsonNode> next) {
    for (int i = 0; i < atMost; i++) {
      @Nullable JsonNode item = next.get();
      if (item != null) {
        take(item);
      } else if (ended.getAsBoolean() || (written.get() && isDone(expected))) {
        return;
      }
    }
  }

  /** Of REST, an event or a change; of GraphQL, the data with one of them. */
  private void take(JsonNode item) {
    JsonNode node =
        item.has("timelineEvents")
            ? item.get("timelineEvents")
            : item.has("incidentChanges") ? item.get("incidentChanges") : item;
    if (!node.has("cursor") && !node.has("seq")) {
      // Such as "unavailable", if the instance is overloaded.
      throw new AssertionError("Expected an event, got " + item);
    }
    if (node.has("cursor")) {
      cursor = node.get("cursor").asString();
      JsonNode event = node.get("event");
      if (!event.isNull()) {
        seen.add(name(event));
      }
    } else {
      cursor = String.valueOf(node.get("seq").asInt());
      seen.add(name(node));
    }
  }

  private static String name(JsonNode event) {
    JsonNode incident =
        event.has("incidentId") ? event.get("incidentId") : event.get("incident_id");
    return incident.asString() + "/" + event.get("seq").asInt();
  }

  /**
   * Fails with what is missing, repeated or out of order.
   *
   * @param before how many events precede the cursor it started from
   */
  void check(ExpectedEvents expected, int before) {
    List<String> events = expected.events(incident);
    List<String> all = events.subList(before, events.size());
    List<String> missing = new ArrayList<>(all);
    missing.removeAll(new HashSet<>(seen));
    assertThat(missing).as("missed by %s", this).isEmpty();
    assertThat(seen).as("seen by %s", this).hasSize(new HashSet<>(seen).size());
    assertThat(seen).as("the order that %s saw", this).isEqualTo(all);
  }

  @Override
  public String toString() {
    return transport + " of " + (incident == null ? "all" : incident);
  }
}
