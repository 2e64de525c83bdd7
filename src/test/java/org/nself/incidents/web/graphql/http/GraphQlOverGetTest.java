package org.nself.incidents.web.graphql.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.live.StreamClient;
import org.nself.incidents.testing.AccountRows;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Queries and subscriptions in the URL, as GraphQL over HTTP has them. */
@ExtendWith(RunningService.class)
class GraphQlOverGetTest {

  private static final String MUTATION = "mutation { openIncident(input: {title: \"a\"}) { id } }";

  private final Service service;
  private final String account = Service.newAccount();
  private final Api api;

  GraphQlOverGetTest(Service service) {
    this.service = service;
    this.api = service.as(account, "admin");
  }

  private static String path(Map<String, String> parameters) {
    return "/graphql?"
        + parameters.entrySet().stream()
            .map(each -> each.getKey() + "=" + encode(each.getValue()))
            .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void aQueryWithVariablesAndANameIsAnswered() {
    String id = api.open("Jörg & 100 %");
    Response response =
        api.get(
                path(
                    Map.of(
                        "query",
                        "query a($id: UUID) { incident(id: $id) { title } } query b { __typename }",
                        "operationName",
                        "a",
                        "variables",
                        "{\"id\":\"" + id + "\"}",
                        "extensions",
                        "{\"unknown\":1}",
                        "unknown",
                        "ignored")))
            .expect(200);
    assertThat(response.text("data/incident/title")).isEqualTo("Jörg & 100 %");
    assertThat(response.header("Content-Type")).isEqualTo("application/json");
    assertThat(response.header("Cache-Control")).isEqualTo("no-store");
    assertThat(response.header("Vary")).contains("Accept");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null"})
  void emptyParametersAreAsAbsent(String variables) {
    api.get(path(Map.of("query", "{ __typename }", "operationName", "", "variables", variables)))
        .expect(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/graphql | query",
        "/graphql?query= | query",
        "/graphql?variables=%7B%7D | query",
        "/graphql?query=%7B__typename%7D&query=%7B__typename%7D | query",
        "/graphql?query=%7B__typename%7D&variables=x | variables",
        "/graphql?query=%7B__typename%7D&variables=%5B%5D | variables",
        "/graphql?query=%7B__typename%7D&variables=%7B | variables",
        "/graphql?query=%7B__typename%7D&extensions=5 | extensions",
      })
  void aParameterThatIsWrongIsNamed(String path, String field) {
    Response refused = api.get(path).expect(400);
    assertThat(refused.text("errors/0/extensions/code")).isEqualTo("invalid");
    assertThat(refused.text("errors/0/extensions/field")).isEqualTo(field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*/*",
        "application/json",
        "application/graphql-response+json",
        "text/event-stream"
      })
  void aMutationIsRefusedInEveryFormat(String accept) {
    Response refused = api.header("Accept", accept).get(path(Map.of("query", MUTATION)));
    refused.expect(405);
    assertThat(refused.header("Allow")).isEqualTo("POST");
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void theOperationThatIsNamedDecidesWhetherItIsAMutation() {
    String both = "query read { __typename } " + MUTATION.replace("mutation", "mutation write");
    api.get(path(Map.of("query", both, "operationName", "read"))).expect(200);
    api.get(path(Map.of("query", both, "operationName", "write"))).expect(405);
    assertThat(AccountRows.of(service, account).get("np_incidents")).isEqualTo("null");
  }

  @Test
  void headAnswersAsGetWithoutTheBody() {
    Response head = api.send("HEAD", path(Map.of("query", "{ __typename }")), null, null);
    assertThat(head.expect(200).text()).isEmpty();
    api.send("HEAD", path(Map.of("query", MUTATION)), null, null).expect(405);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ nope } | 200 | 400",
        "{ | 200 | 400",
        "{ incident(id: \"x\") { id } } | 200 | 400",
        "{ __typename } | 200 | 200",
      })
  void errorsOfARequestHaveAStatusInTheNewFormat(String query, int json, int graphql) {
    for (String method : new String[] {"GET", "POST"}) {
      for (String accept : new String[] {"application/json", "application/graphql-response+json"}) {
        Api caller = api.header("Accept", accept);
        Response response =
            method.equals("GET")
                ? caller.get(path(Map.of("query", query)))
                : caller.graphql(query, "{}");
        response.expect(accept.equals("application/json") ? json : graphql);
        assertThat(response.header("Content-Type")).isEqualTo(accept);
      }
    }
  }

  @Test
  void errorsBeforeTheOperationAreInTheFormatToo() {
    Response refused =
        api.header("Accept", "application/graphql-response+json").get("/graphql").expect(400);
    assertThat(refused.header("Content-Type")).isEqualTo("application/graphql-response+json");
  }

  @Test
  void aSubscriptionIsAStreamByGetAndByPost() throws Exception {
    String id = api.open("Watched");
    String query =
        "subscription { timelineEvents(incidentId: \"" + id + "\", afterSeq: 0) { seq } }";
    try (StreamClient byGet = StreamClient.get(api, path(Map.of("query", query)));
        StreamClient byPost = StreamClient.graphql(api, query, "{}")) {
      for (StreamClient stream : new StreamClient[] {byGet, byPost}) {
        StreamClient.Message message = stream.next();
        assertThat(message.event()).isEqualTo("next");
        assertThat(message.json().at("/data/timelineEvents/seq").asInt()).isEqualTo(1);
      }
    }
  }

  @Test
  void aQueryCanBeAStreamOfOneResult() throws Exception {
    try (StreamClient stream = StreamClient.get(api, path(Map.of("query", "{ __typename }")))) {
      assertThat(stream.next().json().at("/data/__typename").asString()).isEqualTo("Query");
      assertThat(stream.next().event()).isEqualTo("complete");
    }
  }

  @Test
  void aClientThatAcceptsJsonAndStreamsGetsWhatFits() {
    Api urql =
        api.header(
            "Accept",
            "application/graphql-response+json, application/graphql+json, application/json,"
                + " text/event-stream, multipart/mixed");
    assertThat(urql.get(path(Map.of("query", "{ __typename }"))).expect(200).header("Content-Type"))
        .isEqualTo("application/graphql-response+json");
    assertThat(
            urql.get(path(Map.of("query", "subscription { incidentChanges { cursor } }")))
                .expect(200)
                .header("Content-Type"))
        .startsWith("text/event-stream");
  }

  @Test
  void theMethodsThatAreNamedWork() {
    assertThat(api.send("OPTIONS", "/graphql", null, null).expect(200).header("Allow"))
        .isEqualTo("GET,HEAD,POST,OPTIONS");
  }
}
