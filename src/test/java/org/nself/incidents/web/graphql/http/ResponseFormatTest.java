package org.nself.incidents.web.graphql.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.web.error.ApiException;

class ResponseFormatTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/* | JSON | false",
        "application/* | JSON | false",
        "application/json | JSON | false",
        "application/json; charset=utf-8 | JSON | false",
        "application/json;q=0.9, */*;q=0.1 | JSON | false",
        "APPLICATION/JSON | JSON | false",
        "application/graphql-response+json | GRAPHQL_RESPONSE | false",
        "application/graphql-response+json; charset=utf-8 | GRAPHQL_RESPONSE | false",
        "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8"
            + " | GRAPHQL_RESPONSE | false",
        "application/json, application/graphql-response+json | GRAPHQL_RESPONSE | false",
        "application/graphql-response+json;q=0.5, application/json | JSON | false",
        "application/graphql-response+json;q=0, */* | JSON | false",
        "application/json;q=0, */* | GRAPHQL_RESPONSE | false",
        "application/json;charset=iso-8859-1, application/graphql-response+json"
            + " | GRAPHQL_RESPONSE | false",
        "text/event-stream | EVENT_STREAM | true",
        "text/event-stream, application/json | JSON | true",
        "text/event-stream, application/json;q=0.5 | EVENT_STREAM | true",
        "text/* | EVENT_STREAM | false",
        // urql
        "application/graphql-response+json, application/graphql+json, application/json,"
            + " text/event-stream, multipart/mixed | GRAPHQL_RESPONSE | true",
        // Apollo Client
        "application/graphql-response+json,application/json;q=0.9 | GRAPHQL_RESPONSE | false",
        // a browser's address bar
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8 | JSON | false",
      })
  void theBestFormatIsChosen(String accept, ResponseFormat one, boolean streams) {
    assertThat(ResponseFormat.accepted(List.of(accept)))
        .isEqualTo(new ResponseFormat.Accepted(one, streams));
  }

  @Test
  void aClientThatSaysNothingGetsJson() {
    assertThat(ResponseFormat.accepted(List.of()).one()).isEqualTo(ResponseFormat.JSON);
  }

  @Test
  void severalHeadersAreOneList() {
    assertThat(
            ResponseFormat.accepted(
                    List.of("application/json;q=0.1", "application/graphql-response+json;q=0.2"))
                .one())
        .isEqualTo(ResponseFormat.GRAPHQL_RESPONSE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html",
        "nonsense",
        "application/json;q=0",
        "application/json;charset=utf-16",
        "*/*;q=0",
        "application/json;q=high",
      })
  void whatIsNotProducedIsRefused(String accept) {
    assertThatThrownBy(() -> ResponseFormat.accepted(List.of(accept)))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("application/graphql-response+json");
  }
}
