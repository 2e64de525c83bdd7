package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nself.incidents.testing.Api;
import org.nself.incidents.testing.Api.Response;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import tools.jackson.databind.JsonNode;

/** Durations are written as seconds, or as text of ISO 8601. */
@ExtendWith(RunningService.class)
class DurationFieldsTest {

  private final Api api;

  DurationFieldsTest(Service service) {
    this.api = service.admin();
  }

  private Response save(String step) {
    return api.post(
        "/api/v1/runbooks",
        ("{'name':'Play','steps':[{'title':'A'," + step + "}]}").replace('\'', '"'));
  }

  @Test
  void eachDurationOfARunbookCanBeText() {
    Response http =
        save("'kind':'http','timeout':'PT2M30S','retry':{'max_attempts':3,'backoff':'5s','max_backoff':'PT1H'},"
                 + "'http':{'method':'get','url':'https://example.com'}")
            .expect(201);
    assertThat(http.at("steps/0/timeout_seconds").asInt()).isEqualTo(150);
    assertThat(http.at("steps/0/retry/backoff_seconds").asInt()).isEqualTo(5);
    assertThat(http.at("steps/0/retry/max_backoff_seconds").asInt()).isEqualTo(3600);
    Response wait = save("'kind':'wait','wait':{'duration':'PT5M'}").expect(201);
    assertThat(wait.at("steps/0/wait/seconds").asInt()).isEqualTo(300);
    JsonNode created =
        api.data(
            """
            mutation { createRunbook(input: {name: "Play", steps: [{title: "A", kind: WAIT, timeout: "P1D",
              wait: {duration: "PT5M"}}]}) { steps { timeoutSeconds wait { seconds } } } }
            """);
    assertThat(created.at("/createRunbook/steps/0/timeoutSeconds").asInt()).isEqualTo(86_400);
    assertThat(created.at("/createRunbook/steps/0/wait/seconds").asInt()).isEqualTo(300);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "'kind':'manual','timeout':'5 minutes' | steps[0].timeout | is not a duration",
        "'kind':'manual','timeout':'PT0.5S' | steps[0].timeout | must be whole seconds",
        "'kind':'manual','timeout':'-PT5S' | steps[0].timeout | must be whole seconds",
        "'kind':'manual','timeout':'P31D' | steps[0].timeout | PT720H",
        "'kind':'manual','timeout':'PT5S','timeout_seconds':5 | steps[0].timeout | write one of"
            + " them",
        "'kind':'wait','wait':{'duration':'PT5S','until':'now'} | steps[0].wait.seconds | only one",
        "'kind':'wait','wait':{'duration':5} | steps[0].wait.duration | must be text",
      })
  void aDurationThatIsNoneOrOutOfRangeIsRefused(String step, String field, String message) {
    JsonNode error = save(step).expect(422).at("errors/0");
    assertThat(error.get("field").asString()).isEqualTo(field);
    assertThat(error.get("message").asString()).contains(message);
  }
}
