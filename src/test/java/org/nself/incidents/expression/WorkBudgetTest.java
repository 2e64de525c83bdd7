package org.nself.incidents.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.expression.limit.RegexSize;
import org.nself.incidents.web.input.StrictJson;

class WorkBudgetTest {

  private final Expressions expressions =
      new Expressions(
          new Secrets(_ -> null, Path.of("nowhere")), new StrictJson(), new ExpressionPool(1));

  @Test
  void allEvaluationsOfAContextShareOneBudget() {
    EvaluationContext context = Contexts.input("a".repeat(60_000));
    Condition condition = expressions.condition("primary", "!inputs.x.matches('(aa|b)c$')");
    int evaluated = 0;
    while (!context.budget().exceeded()) {
      try {
        assertThat(condition.evaluate(context)).isTrue();
        evaluated++;
      } catch (ExpressionFailure e) {
        assertThat(e).hasMessage(WorkBudget.TOO_EXPENSIVE);
      }
    }
    assertThat(evaluated).isBetween(1, 20);
    assertThatThrownBy(() -> expressions.condition("primary", "1 < 2").evaluate(context))
        .hasMessage(WorkBudget.TOO_EXPENSIVE);
  }

  @Test
  void aSearchThatCostsTooMuchDoesNotRun() {
    EvaluationContext context = Contexts.input("a".repeat(100_000));
    assertThatThrownBy(
            () ->
                expressions
                    .condition("primary", "inputs.x.matches('(a|aa|aaa){20}b$')")
                    .evaluate(context))
        .hasMessage(EvaluationBudget.TOO_EXPENSIVE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(((a{1000}){1000}){1000}){1000}",
        "((((a{0,900})*){900,}b){1000}",
        "[(](a{1000}[(]){1000}",
        "\\Q(\\E(a{1000}\\Q(\\E){1000}",
      })
  void aPatternThatWouldBeHugeIsNotCompiled(String regex) {
    assertThatThrownBy(
            () ->
                expressions
                    .condition("primary", "'a'.matches(inputs.x)")
                    .evaluate(Contexts.input(regex)))
        .isInstanceOf(ExpressionFailure.class)
        .hasMessageContaining("too large when it is compiled");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[[:", "{1", "\\Q\\E("})
  void theSizeOfAPatternIsEstimatedInLinearTime(String part) {
    String regex = part.repeat(400_000 / part.length());
    assertTimeoutPreemptively(
        Duration.ofSeconds(10), () -> assertThat(RegexSize.of(regex)).isNotNegative());
  }

  @ParameterizedTest
  @CsvSource({
    "'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}', 00000000-0000-000000000000",
    "'^([a-z]{1,63}\\.){2}example$', a.b.example",
    "'x{,5}', 'x{,5}'",
  })
  void anOrdinaryPatternMatches(String regex, String text) {
    assertThat(
            expressions
                .condition(
                    "primary",
                    "'" + text + "'.matches(inputs.x) && matches('" + text + "', inputs.x)")
                .evaluate(Contexts.input(regex)))
        .isTrue();
  }
}
