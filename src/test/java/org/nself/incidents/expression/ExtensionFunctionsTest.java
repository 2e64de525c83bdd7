package org.nself.incidents.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nself.incidents.expression.limit.ExpressionPool;
import org.nself.incidents.web.input.StrictJson;

/** The extensions of CEL: what they return, and that none of them exhausts memory or time. */
class ExtensionFunctionsTest {

  private final ExpressionPool pool = new ExpressionPool(1);

  private final Expressions expressions =
      new Expressions(new Secrets(_ -> null, Path.of("nowhere")), new StrictJson(), pool);

  private String render(String expression, Object input) {
    return expressions
        .template("primary", "${" + expression + "}")
        .renderRedacted(Contexts.input(input));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "'hello'.charAt(4) | o",
        "'hello mellow'.indexOf('ello') | 1",
        "'hello mellow'.indexOf('ello', 2) | 7",
        "'hello mellow'.indexOf('jello') | -1",
        "'𝒳a𝒳b'.indexOf('b') | 3",
        "'hello mellow'.lastIndexOf('ello') | 7",
        "'hello mellow'.lastIndexOf('ello', 6) | 1",
        "['a', 'b', 'c'].join('-') | a-b-c",
        "['', 'b'].join('-') | -b",
        "'he llo'.replace('l', 'w') | he wwo",
      })
  void aFunctionOfStringsHasTheValueOfTheSpecification(String expression, String expected) {
    assertThat(render(expression, 1)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "'hello hello'.replace('he', 'we', 1) | wello hello",
        "'hello'.replace('', '_') | _h_e_l_l_o_",
        "'hello'.replace('l', '', 0) | hello",
        "'a,b,c'.split(',') | [\"a\",\"b\",\"c\"]",
        "'a,b,c'.split(',', 2) | [\"a\",\"b,c\"]",
        "'abc'.split('') | [\"a\",\"b\",\"c\"]",
        "''.split(',') | [\"\"]",
        "'hello'.substring(1, 3) | el",
        "'TacoCat'.lowerAscii() + ' x '.trim() | tacocatx",
        "base64.encode(b'hello') | aGVsbG8=",
        "string(base64.decode('aGVsbG8=')) | hello",
        "math.greatest(1, 5, 3) | 5",
        "math.least([4, 2]) | 2",
        "math.round(2.5) | 3",
        "math.abs(-4) | 4",
        "math.bitAnd(6, 3) | 2",
        "lists.range(3) | [0,1,2]",
        "[1, [2, [3]]].flatten() | [1,2,[3]]",
        "[3, 1, 2].sort() | [1,2,3]",
        "[1, 2, 3, 4].slice(1, 3) | [2,3]",
        "[1, 2].reverse() | [2,1]",
        "[1, 1.0, 2, 'a', 'a', [1], [1.0]].distinct() | [1,2,\"a\",[1]]",
        "[{'n': 2}, {'n': 1}].sortBy(e, e.n).map(e, e.n) | [1,2]",
        "optional.of(4).orValue(1) | 4",
        "optional.none().orValue(1) | 1",
        "optional.ofNonZeroValue(incident.owner).orValue('nobody') | nobody",
        "steps.check.output.?missing.orValue('none') | none",
        "steps.check.output.?hosts[0].?name.orValue('none') | a",
        "steps.check.output.hosts[?5].optMap(h, h.name).orValue('none') | none",
        "urlEncode('a b&c') | a%20b%26c",
        "timestamp('2026-03-01T00:00:00Z') + duration('PT5M') | 2026-03-01T00:05:00Z",
        "now > timestamp('2020-01-01T00:00:00Z') | true",
      })
  void anExtensionHasTheValueOfItsSpecification(String expression, String expected) {
    assertThat(
            expressions
                .template("primary", "${" + expression + "}")
                .renderRedacted(Contexts.full()))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'hello'.charAt(4) == 'o' && 'hello'.substring(1, 3) == 'el'",
        "'a-b'.indexOf('-') == 1 && 'a-b-c'.lastIndexOf('-') == 3",
        "inputs.service.replace('check', '').upperAscii() == 'OUT'",
        "'a,b'.split(',').join('+').reverse() == 'b+a'",
        "strings.quote('a\"b') == '\"a\\\\\"b\"' && ' a '.trim().lowerAscii() == 'a'",
        "base64.decode(base64.encode(b'x')) == b'x'",
        "math.greatest(inputs.back, 1) == 2 && math.least(1.5, 2.0) == 1.5",
        "math.ceil(1.2) == 2.0 && math.floor(1.8) == 1.0 && math.trunc(-1.8) == -1.0",
        "math.sign(-3) == -1 && math.isFinite(1.0) && !math.isNaN(1.0) && !math.isInf(1.0)",
        "math.bitOr(1, 2) == 3 && math.bitXor(3, 1) == 2 && math.bitNot(0) == -1",
        "math.bitShiftLeft(1, 3) == 8 && math.bitShiftRight(8, 2) == 2 && math.sqrt(16) == 4.0",
        "incident.services.sort() == ['checkout', 'db']",
        "lists.range(2) == [0, 1] && [1, 2].reverse() == [2, 1] && [1, 1].distinct() == [1]",
        "[[1], [2]].flatten() == [1, 2] && [1, 2, 3].slice(0, 2) == [1, 2]",
        "[1, 2].first() == optional.of(1) && [1, 2].last().value() == 2",
        "steps.check.output.hosts.sortBy(h, h.name).map(h, h.name) == ['a', 'b']",
        "incident.?owner.hasValue() && incident.?severity.orValue('') == 'critical'",
        "optional.ofNonZeroValue('').orValue('x') == 'x' && optional.none().or(optional.of(1)) =="
            + " optional.of(1)",
        "steps.check.output.?hosts.optFlatMap(h, h[?1]).optMap(h, h.name).orValue('') == 'b'",
        "urlEncode('ä') == '%C3%A4' && duration('PT90S') == duration('1m30s')",
        "now - duration('PT1H') < now && timestamp('2026-03-01T01:00:00+01:00').getHours() == 0",
      })
  void anExtensionCanBeUsedInACondition(String condition) {
    assertThat(expressions.condition("primary", condition).evaluate(Contexts.full())).isTrue();
  }

  /** One at a time: some take a processor for seconds, which tests of latency need too. */
  @Execution(ExecutionMode.SAME_THREAD)
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lists.range(1000000000)",
        "lists.range(9223372036854775807)",
        "lists.range(9000).map(i, lists.range(9000))",
        "lists.range(9000).map(i, i)",
        "lists.range(9000).sortBy(i, -i)",
        "lists.range(9000).all(i, lists.range(9000).size() > 0)",
        "lists.range(9000).all(i, lists.range(9000).reverse().size() > 0)",
        "lists.range(9000).all(i, lists.range(9000).all(j, true))",
        "inputs.x.replace('', inputs.x)",
        "inputs.x.replace('a', inputs.x)",
        "lists.range(3000).map(i, '').join(inputs.x)",
        "[inputs.x, inputs.x, inputs.x].join('')",
        "[[inputs.x, inputs.x, inputs.x]].flatten()",
        "lists.range(9000).all(i, inputs.x.charAt(5) != '')",
        "lists.range(9000).all(i, inputs.x.substring(99990) != '')",
        "lists.range(9000).all(i, inputs.x.indexOf('b') < 0)",
        "lists.range(9000).all(i, inputs.x.lastIndexOf('b') < 0)",
        "lists.range(9000).all(i, inputs.x.split('a').size() > 0)",
        "lists.range(9000).all(i, inputs.x.split('').size() > 0)",
        "lists.range(9000).all(i, inputs.x.replace('a', 'b') != '')",
        "lists.range(9000).all(i, inputs.x.reverse() != '')",
        "lists.range(9000).all(i, inputs.x.trim() != '')",
        "lists.range(9000).all(i, inputs.x.lowerAscii() != '')",
        "lists.range(9000).all(i, strings.quote(inputs.x) != '')",
        "lists.range(9000).all(i, base64.encode(bytes(inputs.x)) != '')",
        "lists.range(9000).all(i, urlEncode(inputs.x) != '')",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, math.greatest(l) > 0))",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, l.slice(1, 2).size() > 0))",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, l.distinct().size() > 0))",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, l.sort().size() > 0))",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, [l].flatten().size() > 0))",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, l.last().hasValue()))",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, l[?1].hasValue()))",
        "[lists.range(100000)].all(l, lists.range(9000).all(i, optional.of(l).hasValue()))",
        "[{'a': lists.range(60000), 'b': 1}].all(l, lists.range(9000).all(i, l.b == 1))",
        "[{'a': lists.range(60000), 'b': 1}].all(l, lists.range(9000).all(i, has(l.b)))",
        "optional.of({'a': lists.range(60000), 'b': 1}).optMap(l, lists.range(9000).all(i, l.b =="
            + " 1))",
        "inputs.x.indexOf(inputs.x.substring(50000) + 'b')",
        "inputs.x.lastIndexOf('b' + inputs.x.substring(50000))",
        "inputs.x.split('').map(c, inputs.x)",
      })
  void whatWouldExhaustMemoryOrTimeIsRefusedWithTheLimit(String expression) {
    Template template = expressions.template("primary", "${" + expression + "}");
    EvaluationContext context = Contexts.input("a".repeat(100_000));
    Work work =
        assertTimeoutPreemptively(
            Duration.ofMinutes(2), () -> pool.run("primary", () -> refuse(template, context)));
    assertThat(work.bytes() >> 20).as("MiB that were allocated").isLessThan(600);
    assertThat(work.processorTime()).as("processor time").isLessThan(Duration.ofSeconds(10));
  }

  /** What a thread did until a template was refused; does not depend on what else ran meanwhile. */
  private record Work(long bytes, Duration processorTime) {}

  private static Work refuse(Template template, EvaluationContext context) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = threads.getCurrentThreadAllocatedBytes();
    long nanos = threads.getCurrentThreadCpuTime();
    assertThatThrownBy(() -> template.renderRedacted(context))
        .isInstanceOf(ExpressionFailure.class)
        .satisfies(
            e ->
                assertThat(e.getMessage())
                    .containsAnyOf("(200 ms)", "200,000 characters and items", "10,000 times"));
    return new Work(
        threads.getCurrentThreadAllocatedBytes() - bytes,
        Duration.ofNanos(threads.getCurrentThreadCpuTime() - nanos));
  }

  @Test
  void aMemberOfALargeVariableIsChargedForTheWholeVariable() {
    Object items = Collections.nCopies(9_000, Map.of("a", 1L, "b", 2L));
    EvaluationContext context = Contexts.input(Map.of("items", items, "name", "x"));
    assertThatThrownBy(
            () ->
                expressions
                    .condition("primary", "inputs.x.items.all(i, inputs.x.name == 'x')")
                    .evaluate(context))
        .hasMessage(EvaluationBudget.TOO_EXPENSIVE);
  }

  @Test
  void ordinaryResponsesAreWithinTheBudget() {
    List<Object> items = new ArrayList<>();
    for (long i = 0; i < 1_400; i++) {
      items.add(Map.of("name", "host-" + i, "zone", "zone-" + i % 3, "load", i));
    }
    assertThat(
            render(
                "inputs.x.filter(i, i.load > 10).map(i, i.zone).distinct().sort().join(' ')",
                items))
        .isEqualTo("zone-0 zone-1 zone-2");
    assertThat(render("inputs.x.sortBy(i, -i.load)[0].name", items.subList(0, 500)))
        .isEqualTo("host-499");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "'hello'.charAt(99) | charAt failure: Index out of range: 99",
        "[1, 'a'].sort() | sort failed (List elements must have the same type) in: [1, 'a'].sort()",
        "base64.decode('!!') | base64.decode failed (Illegal base64 character 21) in:"
            + " base64.decode('!!')",
        "optional.none().value() | value failed (No value present) in: optional.none().value()",
      })
  void aFunctionThatFailsNamesItselfAndTheReason(String expression, String message) {
    assertThatThrownBy(() -> render(expression, 1)).hasMessage(message);
  }

  @Test
  void distinctKeepsTheFirstOfEqualValues() {
    assertThat(
            render(
                "[1, 1.0, 2u, 2, '1', 'n1;', null, null, [1], [1.0], {'a': 1}, {'a': 1.0}, 1.5,"
                    + " 1.5, true, b'a', b'a', b'b'].distinct().size()",
                1))
        .isEqualTo("11");
    assertThat(render("[0.0 / 0.0, 0.0 / 0.0].distinct().size()", 1)).isEqualTo("2");
  }

  @Test
  void distinctTakesNoLongerForItemsOfTheSameHash() {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < 1 << 12; i++) {
      StringBuilder text = new StringBuilder();
      for (int bit = 0; bit < 12; bit++) {
        text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      items.add(List.of(text.toString()));
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThat(render("lists.range(10).all(i, inputs.x.distinct().size() == 4096)", items))
                .isEqualTo("true"));
  }

  @Test
  void compilingManyMacrosDoesNotGrowExponentially() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          String chain = "optional.of(1)" + ".optMap(x, x)".repeat(20) + ".orValue(2)";
          assertThat(render(chain, 1)).isEqualTo("1");
          String longer = "optional.of(1)" + ".optMap(x, x)".repeat(100) + ".orValue(2)";
          assertThatThrownBy(() -> render(longer, 1)).hasMessageContaining("limit exceeded");
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", ".s", "s-"})
  void aLongTextIsNoDuration(String end) {
    EvaluationContext context = Contexts.input("7".repeat(150_000) + end);
    Template template = expressions.template("primary", "${duration(inputs.x)}");
    assertTimeoutPreemptively(
        Duration.ofSeconds(2),
        () ->
            assertThatThrownBy(() -> template.renderRedacted(context))
                .isInstanceOf(ExpressionFailure.class)
                .hasMessageContaining("duration failed (more than 64 characters)"));
  }

  @Test
  void distinctComparesDeepValuesInLinearTime() {
    List<Object> same = Collections.nCopies(20_000, Map.of("a", List.of(1L, 2.0)));
    assertThat(render("inputs.x.distinct().size()", same)).isEqualTo("1");
  }
}
