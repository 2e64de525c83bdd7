package org.nself.incidents.web.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nself.incidents.live.StreamClient;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/**
 * Cursors that no list returned, some with a correct checksum, in every parameter that takes one.
 */
@ExtendWith(RunningService.class)
class ForgedCursorsTest {

  private static final String ID = "01890a5d-ac96-774b-bcce-b302099a8057";
  private static final String TIME = "2026-01-01T00:00:00.000001Z";

  /** What a value of each type must not be. */
  private static final Map<String, List<String>> WRONG =
      Map.of(
          "uuid",
          List.of("", "abc", "1-1-1-1-1", "{" + ID + "}", ID + "0", "\0", "99999999999999999999"),
          "time",
          List.of(
              "",
              "now",
              "yesterday",
              "2026-02-30T00:00:00Z",
              "2026-01-01",
              "2026-01-01T00:00:00+99:00",
              "+300000-01-01T00:00:00Z",
              "+1000000000-12-31T23:59:59Z",
              "-1000000000-01-01T00:00:00Z",
              "-9999-01-01T00:00:00Z",
              "\0"),
          "smallint",
          List.of("", "x", "1.5", "40000", "-40000", "99999999999999999999", "\0"),
          "bigint",
          List.of("", "x", "-1", "1e3", "9223372036854775808", "99999999999999999999", "\0"),
          "text",
          List.of("a\0b"));

  private record Refusal(String code, String field) {}

  /**
   * A parameter that takes cursors.
   *
   * @param list the name under which the list's cursors are made
   * @param key of a row, as types and values in turn
   */
  private record Parameter(
      String name, String list, List<String> key, Function<String, Refusal> send) {

    List<String> values() {
      List<String> values = new ArrayList<>();
      for (int i = 1; i < key.size(); i += 2) {
        values.add(key.get(i));
      }
      return values;
    }

    String genuine() {
      return Cursor.encode(list, values());
    }
  }

  private final String account = Service.newAccount();
  private final Api api;
  private final List<Parameter> parameters = new ArrayList<>();

  ForgedCursorsTest(Service service) {
    this.api = service.as(account, "admin");
    String incident = api.open("Paged");
    String incidents = account + "\u001fincidents\u001f";
    for (String order : List.of("OPENED_AT_DESC", "OPENED_AT_ASC", "UPDATED_AT_DESC")) {
      incidents(incidents + order, order, List.of("time", TIME, "uuid", ID));
    }
    incidents(
        incidents + "SEVERITY_DESC",
        "SEVERITY_DESC",
        List.of("smallint", "2", "time", TIME, "uuid", ID));
    List<String> named = List.of("text", "A name", "uuid", ID);
    rest(
        "cursor",
        account + "\u001frunbooks",
        named,
        cursor -> api.get("/api/v1/runbooks?cursor=" + cursor));
    graphql("after", account + "\u001frunbooks", named, "{ runbooks(after: $c) { nodes { id } } }");
    graphql(
        "after",
        account + "\u001fOfIncident",
        List.of("uuid", ID),
        "{ incident(id: \"%s\") { runbookExecutions(after: $c) { nodes { id } } } }"
            .formatted(incident));
    String changes = "incident changes of " + account;
    List<String> position = List.of("bigint", "1");
    Api stream = api.header("Accept", "text/event-stream");
    rest("cursor", changes, position, cursor -> stream.get("/api/v1/incidents?cursor=" + cursor));
    rest(
        "Last-Event-ID",
        changes,
        position,
        cursor -> stream.header("Last-Event-ID", cursor).get("/api/v1/incidents"));
    add(
        "after",
        changes,
        position,
        cursor -> {
          try (StreamClient subscription =
              StreamClient.graphql(
                  api,
                  "subscription ($c: String) { incidentChanges(after: $c) { cursor } }",
                  "{\"c\":\"" + cursor + "\"}")) {
            return refusal(subscription.next().json().at("/errors/0"));
          }
        });
  }

  private void incidents(String list, String order, List<String> key) {
    rest(
        "cursor",
        list,
        key,
        cursor -> api.get("/api/v1/incidents?sort=%s&cursor=%s".formatted(order, cursor)));
    graphql(
        "after", list, key, "{ incidents(orderBy: " + order + ", after: $c) { nodes { id } } }");
    graphql(
        "before",
        list,
        key,
        "{ incidents(orderBy: " + order + ", last: 5, before: $c) { nodes { id } } }");
  }

  private void add(String name, String list, List<String> key, Function<String, Refusal> send) {
    parameters.add(new Parameter(name, list, key, send));
  }

  private void rest(
      String name, String list, List<String> key, Function<String, Response> request) {
    add(
        name,
        list,
        key,
        cursor -> {
          Response response = request.apply(cursor);
          assertThat(response.status()).as("%s: %s", cursor, response.text()).isEqualTo(400);
          return new Refusal(response.text("code"), response.text("errors/0/field"));
        });
  }

  private void graphql(String name, String list, List<String> key, String selection) {
    add(
        name,
        list,
        key,
        cursor ->
            refusal(api.error("query ($c: String) " + selection, "{\"c\":\"" + cursor + "\"}")));
  }

  private static Refusal refusal(JsonNode error) {
    return new Refusal(
        error.at("/extensions/code").asString(), error.at("/extensions/field").asString());
  }

  @Test
  void aCursorWithACorrectChecksumAndWrongValuesIsInvalid() {
    for (Parameter parameter : parameters) {
      List<String> values = parameter.values();
      for (int i = 0; i < values.size(); i++) {
        for (String wrong : WRONG.getOrDefault(parameter.key().get(2 * i), List.of())) {
          List<String> forged = new ArrayList<>(values);
          forged.set(i, wrong);
          expectInvalid(parameter, Cursor.encode(parameter.list(), forged), forged);
        }
      }
      List<String> more = new ArrayList<>(values);
      // The position in a feed may have the check of its event.
      more.addAll(List.of("1", "1"));
      expectInvalid(parameter, Cursor.encode(parameter.list(), more), more);
      List<String> fewer = values.subList(1, values.size());
      expectInvalid(parameter, Cursor.encode(parameter.list(), fewer), fewer);
    }
  }

  @Test
  void aDamagedCursorIsInvalid() {
    Random random = new Random(15);
    for (Parameter parameter : parameters) {
      String genuine = parameter.genuine();
      Set<String> damaged = new LinkedHashSet<>();
      for (int length = 1; length < genuine.length(); length += 5) {
        damaged.add(genuine.substring(0, length));
      }
      for (int i = 0; i < 20; i++) {
        byte[] bytes = Base64.getUrlDecoder().decode(genuine);
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        damaged.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        byte[] noise = new byte[1 + random.nextInt(90)];
        random.nextBytes(noise);
        damaged.add(Base64.getUrlEncoder().withoutPadding().encodeToString(noise));
      }
      damaged.add(genuine + "=");
      damaged.add(genuine + genuine);
      damaged.add("1");
      damaged.add("*");
      damaged.add("A".repeat(1_001));
      damaged.forEach(cursor -> expectInvalid(parameter, cursor, List.of("damaged")));
    }
  }

  @Test
  void aCursorOfAnotherListOrAccountIsInvalid() {
    for (Parameter parameter : parameters) {
      for (Parameter other : parameters) {
        if (!other.list().equals(parameter.list())) {
          expectInvalid(parameter, other.genuine(), List.of("of " + other.list()));
        }
      }
      String foreign =
          Cursor.encode(
              parameter.list().replace(account, "account-" + UUID.randomUUID()),
              parameter.values());
      expectInvalid(parameter, foreign, List.of("of another account"));
    }
  }

  private static void expectInvalid(Parameter parameter, String cursor, List<String> what) {
    assertThat(parameter.send().apply(cursor))
        .as("the cursor %s %s in %s of %s", cursor, what, parameter.name(), parameter.list())
        .isEqualTo(new Refusal("invalid", parameter.name()));
  }

  @Test
  void textThatIsNoCursorIsInvalid() {
    for (Parameter parameter : parameters) {
      for (String text : List.of("null", "0", "-1", "9".repeat(40), "a.b")) {
        expectInvalid(parameter, text, List.of("text"));
      }
    }
    Response nul = api.get("/api/v1/incidents?cursor=%00").expect(400);
    assertThat(nul.text("errors/0/field")).isEqualTo("cursor");
    JsonNode error =
        api.error(
            "query ($c: String) { incidents(after: $c) { nodes { id } } }", "{\"c\":\"\\u0000\"}");
    assertThat(refusal(error)).isEqualTo(new Refusal("invalid", "after"));
  }
}
