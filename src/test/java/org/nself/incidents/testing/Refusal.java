package org.nself.incidents.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import org.nself.incidents.testing.Api.Response;
import tools.jackson.databind.JsonNode;

/** Assertions on the format of errors. */
public final class Refusal {

  /** Class, table and library names; SQL; stack traces. */
  private static final Pattern LEAK =
      Pattern.compile(
          "(?i)exception|\\bat"
              + " [\\w.$]+\\(|\\b(?:java|jdk|org|com|tools|jakarta|graphql)\\.\\w|jackson"
              + "|tomcat|coyote|spring|postgres|\\bnp_|\\bselect\\b|\\binsert\\b|Value\\{|`");

  private Refusal() {}

  /** Asserts an RFC 9457 problem with this status and code that names exactly these fields. */
  public static void assertProblem(Response response, int status, String code, String... fields) {
    response.expect(status);
    assertThat(response.header("Content-Type")).startsWith("application/problem+json");
    assertThat(response.at("status").asInt()).isEqualTo(status);
    assertThat(response.text("code")).as(response.text()).isEqualTo(code);
    assertThat(response.text("type")).isEqualTo("urn:nself:problem:" + code);
    assertThat(response.text("title")).isNotBlank();
    assertThat(response.text("detail")).isNotBlank();
    assertThat(response.text("error")).isEqualTo(response.text("detail"));
    assertThat(fields(response.at("errors"))).as(response.text()).containsExactly(fields);
    assertNoLeak(response.text());
  }

  /** Asserts a GraphQL error with this code that names exactly these fields. */
  public static void assertError(JsonNode error, String code, String... fields) {
    assertThat(error.at("/message").asString()).isNotBlank();
    assertThat(error.at("/extensions/code").asString()).as(error.toString()).isEqualTo(code);
    assertThat(fields(error.at("/extensions/errors"))).as(error.toString()).containsExactly(fields);
    if (fields.length > 0) {
      assertThat(error.at("/extensions/field").asString()).isEqualTo(fields[0]);
    }
    assertNoLeak(error.toString());
  }

  public static void assertNoLeak(String text) {
    assertThat(LEAK.matcher(text).results().map(found -> found.group()).toList())
        .as("internal details in: %s", text)
        .isEmpty();
  }

  private static List<String> fields(JsonNode errors) {
    return errors
        .valueStream()
        .peek(error -> assertThat(error.get("message").asString()).isNotBlank())
        .map(error -> error.get("field").asString())
        .toList();
  }
}
