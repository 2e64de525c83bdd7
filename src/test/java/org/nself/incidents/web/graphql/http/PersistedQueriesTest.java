package org.nself.incidents.web.graphql.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;

/** Automatic persisted queries, as Apollo's clients send them. */
@ExtendWith(RunningService.class)
class PersistedQueriesTest {

  private static final String QUERY = "query Kept { __typename }";

  private final Service service;
  private final Api api;

  PersistedQueriesTest(Service service) {
    this.service = service;
    this.api = service.admin();
  }

  private static String extensions(String query) throws Exception {
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(query.getBytes(StandardCharsets.UTF_8));
    return "{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"%s\"}}"
        .formatted(HexFormat.of().formatHex(hash));
  }

  private static Response hashOnly(Api api, String query) throws Exception {
    return api.post("/graphql", "{\"extensions\":" + extensions(query) + "}");
  }

  private static Response withText(Api api, String query) throws Exception {
    return api.post(
        "/graphql", "{\"query\":\"" + query + "\",\"extensions\":" + extensions(query) + "}");
  }

  private static void assertNotFound(Response response) {
    assertThat(response.text("errors/0/message")).isEqualTo("PersistedQueryNotFound");
    assertThat(response.text("errors/0/extensions/code")).isEqualTo("PERSISTED_QUERY_NOT_FOUND");
    assertThat(response.body().has("data")).isFalse();
  }

  @Test
  void aTextIsSentOnceAndItsHashAfterwards() throws Exception {
    assertNotFound(hashOnly(api, QUERY).expect(200));
    assertThat(withText(api, QUERY).expect(200).text("data/__typename")).isEqualTo("Query");
    assertThat(hashOnly(api, QUERY).expect(200).text("data/__typename")).isEqualTo("Query");
    String inUrl =
        "/graphql?extensions=" + URLEncoder.encode(extensions(QUERY), StandardCharsets.UTF_8);
    assertThat(api.get(inUrl).expect(200).text("data/__typename")).isEqualTo("Query");
  }

  @Test
  void anAccountHasItsOwn() throws Exception {
    withText(api, QUERY).expect(200);
    assertNotFound(hashOnly(service.admin(), QUERY));
  }

  @Test
  void anAccountReplacesOnlyItsOwn() throws Exception {
    withText(api, QUERY).expect(200);
    Api greedy = service.admin();
    String first = "query A0 { __typename } # " + "x".repeat(8_000);
    for (int i = 0; i < 12; i++) {
      withText(greedy, first.replace("A0", "A" + i)).expect(200);
    }
    assertThat(hashOnly(api, QUERY).text("data/__typename")).isEqualTo("Query");
    int kept = 0;
    for (int i = 0; i < 12; i++) {
      kept += hashOnly(greedy, first.replace("A0", "A" + i)).body().has("data") ? 1 : 0;
    }
    assertThat(kept).as("documents of 8 KB within 64 KiB").isBetween(1, 8);
  }

  @Test
  void aMutationByHashIsRefusedWithGet() throws Exception {
    String mutation = "mutation { openIncident(input: {title: \\\"Persisted\\\"}) { id } }";
    String text = mutation.replace("\\", "");
    api.post("/graphql", "{\"query\":\"" + mutation + "\",\"extensions\":" + extensions(text) + "}")
        .expect(200);
    api.get("/graphql?extensions=" + URLEncoder.encode(extensions(text), StandardCharsets.UTF_8))
        .expect(405);
  }

  @Test
  void theNewFormatHasAStatusForIt() throws Exception {
    Response response =
        hashOnly(api.header("Accept", "application/graphql-response+json"), "{ unknown }");
    assertNotFound(response.expect(400));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5 | extensions.persistedQuery",
        "{\"sha256Hash\":\"ab\"} | extensions.persistedQuery.version",
        "{\"version\":2,\"sha256Hash\":\"ab\"} | extensions.persistedQuery.version",
        "{\"version\":1} | extensions.persistedQuery.sha256Hash",
        "{\"version\":1,\"sha256Hash\":\"ab\"} | extensions.persistedQuery.sha256Hash",
      })
  void anExtensionThatIsWrongIsNamed(String persisted, String field) {
    Response refused =
        api.post(
                "/graphql",
                "{\"query\":\"{__typename}\",\"extensions\":{\"persistedQuery\":"
                    + persisted
                    + "}}")
            .expect(400);
    assertThat(refused.text("errors/0/extensions/field")).isEqualTo(field);
  }

  @Test
  void aHashOfAnotherTextIsRefused() throws Exception {
    Response refused =
        api.post(
                "/graphql",
                "{\"query\":\"{__typename}\",\"extensions\":" + extensions("{ other }") + "}")
            .expect(400);
    assertThat(refused.text("errors/0/message")).contains("SHA-256");
    assertNotFound(hashOnly(api, "{ other }"));
  }
}
