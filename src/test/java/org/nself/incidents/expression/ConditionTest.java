package org.nself.incidents.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.web.input.StrictJson;

class ConditionTest {

  private final Expressions expressions =
      new Expressions(
          new Secrets(_ -> null, Path.of("nowhere")), new StrictJson(), new ExpressionPool(1));

  private boolean evaluate(String text, EvaluationContext context) {
    return expressions.condition("primary", text).evaluate(context);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "incident.severity == 'critical' && 'db' in incident.services | true",
        "incident.number > 6 && incident.number + 1 == 8 | true",
        "incident.owner == null | true",
        "has(incident.nothing) | false",
        "has(incident.owner) | true",
        "incident.labels.team.startsWith('pay') | true",
        "inputs.back == 2 && inputs.hard | true",
        "inputs.service in ['checkout', 'cart'] | true",
        "steps.check.output.lag > 2 && steps.check.output.lag < 2.6 | true",
        "steps.check.output.leader == null | true",
        "steps.check.output.hosts.exists(h, h.name == 'b') | true",
        "steps.check.output.hosts.map(h, h.name) == ['a', 'b'] | true",
        "steps['skip'].status == 'skipped' | true",
        "size(steps.check.output.hosts) == 3 | false",
        "incident.severity.matches('^crit') | true",
        "timestamp('2026-01-01T00:00:00Z') < timestamp('2026-01-02T00:00:00Z') | true",
      })
  void aConditionIsEvaluatedOverIncidentInputsAndSteps(String text, boolean expected) {
    assertThat(evaluate(text, Contexts.full())).as(text).isEqualTo(expected);
  }

  @Test
  void incidentIsNullIfThereIsNone() {
    assertThat(evaluate("incident == null", Contexts.input(1L))).isTrue();
    assertThat(evaluate("incident != null && incident.number > 1", Contexts.input(1L))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "incident.nothing == 1 | key 'nothing' is not present",
        "inputs.x == 1 | key 'x' is not present",
        "steps.other.output == 1 | key 'other' is not present",
        "steps.skip.output == 1 | key 'output' is not present",
        "inputs.service | must be true or false",
        "inputs.back + 'x' == 'x' | No matching overload",
        "1 / 0 == 1 | division by zero",
      })
  void aFailedEvaluationHasAReason(String text, String message) {
    assertThatThrownBy(() -> evaluate(text, Contexts.full()))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("<input>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "incident.severity = 'x' | (line 1, column 19)",
        "severity == 'x' | undeclared reference to 'severity' (line 1, column 1)",
        "` ` | there is no expression",
        "'critical' + 'x' | must be true or false, but is string",
        "1 + 1 | must be true or false, but is int",
        "secret('TOKEN') == 'x' | a condition cannot use it",
        "[1].all(x, secret('TOKEN') == 'x') | a condition cannot use it",
        "env('HOME') == 'x' | undeclared reference to 'env'",
        "'a' + 1 == 'a1' | no matching overload",
        "cel.bind(x, 1, x == 1) | undeclared reference",
      })
  void anInvalidConditionIsRejectedWithThePosition(String text, String message) {
    assertThatThrownBy(() -> expressions.condition("primary", text))
        .isInstanceOf(InvalidExpression.class)
        .hasMessageContaining(message);
  }

  @Test
  void anErrorOnALaterLineHasThatPosition() {
    assertThatThrownBy(() -> expressions.condition("primary", "incident.number > 1 &&\n  nothing"))
        .hasMessageContaining("(line 2, column 3)");
  }

  @Test
  void referencesAreKnownBeforeEvaluation() {
    References references =
        expressions
            .condition(
                "primary",
                "inputs.a == inputs['b'] && steps.one.output.steps.two == 1 && [dyn({'no':"
                    + " 1})].all(steps, steps.no == 1) && incident.labels.inputs == 'x'")
            .references();
    assertThat(references.inputs()).containsExactlyInAnyOrder("a", "b");
    assertThat(references.steps()).containsExactly("one");
    assertThat(references.variables()).containsExactlyInAnyOrder("inputs", "steps", "incident");
    assertThat(expressions.condition("primary", "1 == 1").references().variables()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "['aaaaaaaaaa']MAP == []",
        "[[1]]LISTS == [[1]]LISTS",
        "[b'aaaaaaaaaa']MAP == []",
        "inputs.x.all(a, inputs.x.all(b, inputs.x.all(c, true)))",
        "inputs.x.map(a, inputs.x).map(a, inputs.x + a) == []",
        "inputs.x.map(a, inputs.x.map(b, a.matches('(x+x+)+y'))) == []",
      })
  void anExpressionOfExcessiveCostIsAborted(String pattern) {
    String text =
        pattern
            .replace("MAP", ".map(x, x + x)".repeat(30))
            .replace("LISTS", ".map(x, [x, x])".repeat(25));
    List<String> items = java.util.Collections.nCopies(1_000, "x".repeat(200));
    Condition condition = expressions.condition("primary", text);
    long start = System.nanoTime();
    assertThatThrownBy(() -> condition.evaluate(Contexts.input(items)))
        .isInstanceOf(ExpressionFailure.class)
        .satisfies(e -> assertThat(e.getMessage()).containsAnyOf("200 ms", "200,000", "10,000"));
    assertThat((System.nanoTime() - start) / 1_000_000).as("milliseconds").isLessThan(60_000);
  }

  @Test
  void anExpensiveSearchIsExecutedAtMostOnce() {
    String hay = "a".repeat(60_000);
    EvaluationContext context =
        new EvaluationContext(
            "primary", null, Map.of("hay", hay, "needle", "a".repeat(30_000) + "b"), Map.of());
    assertThatThrownBy(
            () ->
                evaluate("[1,2,3,4,5,6,7,8].all(n, !inputs.hay.contains(inputs.needle))", context))
        .hasMessageContaining("more work");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(", "[", "!(", "-("})
  void depthIsLimited(String opening) {
    assertThatThrownBy(() -> expressions.condition("primary", opening.repeat(1_000) + "true"))
        .isInstanceOf(InvalidExpression.class);
  }

  @Test
  void lengthIsLimited() {
    String longest = "true || '" + "x".repeat(3_985) + "'=='y'";
    assertThat(evaluate(longest, Contexts.full())).isTrue();
    assertThatThrownBy(() -> expressions.condition("primary", longest + " "))
        .isInstanceOf(InvalidExpression.class)
        .hasMessageContaining("exceeds limit");
  }

  @Test
  void anExpensivePatternIsRejected() {
    assertThatThrownBy(() -> evaluate("'x'.matches('(a{1000}){1000}')", Contexts.full()))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("too large when it is compiled");
  }

  @Test
  void aLiteralPatternThatWouldBeHugeIsNotCompiled() {
    assertThat(
            expressions
                .condition("primary", "incident.title.matches('(((a{1000}){1000}){1000}){1000}')")
                .error())
        .isEqualTo(
            "the regular expression '(((a{1000}){1000}){1000}){1000}' is too large when it is"
                + " compiled");
  }

  @Test
  void theReasonOfAFailureIsShort() {
    String key = "k".repeat(150_000);
    assertThatThrownBy(() -> evaluate("inputs[inputs.x] == 1", Contexts.input(key)))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("kkk")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(510));
  }

  @Test
  void aFilterOverAThousandItemsIsWithinTheBudget() {
    List<Map<String, String>> items =
        java.util.stream.IntStream.range(0, 1_000)
            .mapToObj(i -> Map.of("name", "host-" + i, "state", i % 2 == 0 ? "up" : "down"))
            .toList();
    assertThat(
            evaluate(
                "inputs.x.filter(h, h.state == 'down').map(h, h.name).exists(n, n == 'host-999')",
                Contexts.input(items)))
        .isTrue();
  }
}
