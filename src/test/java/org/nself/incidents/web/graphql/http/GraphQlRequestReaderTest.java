package org.nself.incidents.web.graphql.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nself.incidents.testing.Refusal.assertError;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** What is sent to /graphql, before any field of it is asked for. */
@ExtendWith(RunningService.class)
class GraphQlRequestReaderTest {

  private static final String OPEN =
      "{\"query\":\"mutation{openIncident(input:{title:\\\"a\\\"}){id}}\"}";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  GraphQlRequestReaderTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | query",
        "{`query`:null} | query",
        "{`query`:5} | query",
        "{`query`:{}} | query",
        "{`query`:`{__typename}`,`variables`:`x`} | variables",
        "{`query`:`{__typename}`,`variables`:[]} | variables",
        "{`query`:`{__typename}`,`variables`:5} | variables",
        "{`query`:`{__typename}`,`operationName`:5} | operationName",
        "{`query`:`{__typename}`,`extensions`:`x`} | extensions",
      })
  void aMemberThatIsWrongIsNamed(String body, String field) {
    assertRefused(api.post("/graphql", body.replace('`', '"')), 400, "invalid", field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "5",
        "\"{__typename}\"",
        "{",
        "{\"query\":\"{__typename}\"",
        "{\"query\":\"{__typename}\"} x",
        "{\"query\":\"{__typename}\",\"query\":\"{__typename}\"}",
        "{\"query\":\"{__typename}\",\"variables\":{\"a\":NaN}}",
      })
  void aBodyThatIsNoJsonObjectIsMalformed(String body) {
    assertRefused(api.post("/graphql", body), 400, "invalid");
  }

  @Test
  void aBodyThatIsNotUtf8IsMalformed() {
    assertRefused(
        api.send(
            "POST",
            "/graphql",
            "{\"query\":\"{__typename} # \u00ff\"}".getBytes(StandardCharsets.ISO_8859_1),
            "application/json"),
        400,
        "invalid");
  }

  @Test
  void batchesAreRefusedInSoManyWords() {
    for (String batch : new String[] {"[]", "[" + OPEN + "]", "[" + OPEN + "," + OPEN + "]"}) {
      Response refused = api.post("/graphql", batch);
      assertRefused(refused, 400, "invalid");
      assertThat(refused.text("errors/0/message")).contains("Batches");
    }
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void theOperationThatIsNamedRuns() {
    String both = "\"query\":\"query a{incidents{totalCount}} query b{__typename}\"";
    assertThat(
            api.post("/graphql", "{%s,\"operationName\":\"b\"}".formatted(both))
                .expect(200)
                .at("data")
                .toString())
        .isEqualTo("{\"__typename\":\"Query\"}");
    assertRefused(api.post("/graphql", "{%s}".formatted(both)), 200, "invalid");
    assertRefused(
        api.post("/graphql", "{%s,\"operationName\":\"c\"}".formatted(both)), 200, "invalid");
    assertRefused(
        api.post("/graphql", "{\"query\":\"{__typename}\",\"operationName\":\"c\"}"),
        200,
        "invalid");
  }

  @Test
  void membersThatAreNotKnownArePassedOver() {
    api.post("/graphql", "{\"query\":\"{__typename}\",\"id\":\"7\",\"extensions\":{\"a\":1}}")
        .expect(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"text/plain", "application/graphql", "application/xml", "*/*", "nonsense"})
  @NullSource
  void aBodyOfAnotherTypeIsNotRead(@Nullable String type) {
    Response refused = api.send("POST", "/graphql", OPEN.getBytes(StandardCharsets.UTF_8), type);
    assertRefused(refused, 415, "unsupported_media_type");
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/html", "application/xml", "nonsense"})
  void nothingIsDoneForACallerWhoDoesNotTakeJson(String accepted) {
    assertRefused(api.header("Accept", accepted).post("/graphql", OPEN), 406, "not_acceptable");
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void theMediaTypeOfGraphqlOverHttpIsSpoken() {
    Api caller = api.header("Accept", "application/graphql-response+json");
    Response done = caller.post("/graphql", "{\"query\":\"{__typename}\"}").expect(200);
    assertThat(done.header("Content-Type")).isEqualTo("application/graphql-response+json");
    Response refused = caller.post("/graphql", "{\"query\":\"{nope}\"}").expect(400);
    assertThat(refused.text("errors/0/extensions/code")).isEqualTo("invalid");
  }

  @Test
  void errorsAreLeftOutWhereThereAreNone() {
    Response response = api.post("/graphql", "{\"query\":\"{incident(id:null){id}}\"}");
    assertThat(response.expect(200).text()).isEqualTo("{\"data\":{\"incident\":null}}");
  }

  @Test
  void anUnknownCallerGetsAnErrorOfGraphqlToo() {
    Response refused = service.with(Map.of()).post("/graphql", OPEN);
    assertRefused(refused, 401, "unauthenticated");
    assertThat(refused.header("WWW-Authenticate")).isEqualTo("Bearer");
  }

  @Test
  void errorsAreInEnglishWhateverLanguageIsAccepted() {
    Api german = api.header("Accept-Language", "de");
    assertThat(german.error("{nope}", "{}").at("/message").asString()).contains("undefined");
    assertError(german.error("{incident(id:5){id}}", "{}"), "invalid", "id");
  }

  @Test
  void numbersInVariablesKeepTheirDigits() {
    String id = api.open("Exact");
    String data = "{\"a\":0.12345678901234567890,\"b\":9223372036854775808123}";
    api.data(
        """
        mutation ($data: JSON, $id: UUID!) {
          addTimelineEvent(input: {incidentId: $id, message: "m", data: $data}) { seq }
        }
        """,
        "{\"id\":\"%s\",\"data\":%s}".formatted(id, data));
    assertThat(api.get("/api/v1/incidents/" + id + "/timeline").text())
        .contains("0.12345678901234567890", "9223372036854775808123");
  }

  private static void assertRefused(Response response, int status, String code, String... fields) {
    response.expect(status);
    assertThat(response.header("Content-Type")).startsWith("application/json");
    assertThat(response.body().has("data")).as(response.text()).isFalse();
    assertThat(response.at("errors").size()).as(response.text()).isEqualTo(1);
    assertError(response.at("errors/0"), code, fields);
  }
}
