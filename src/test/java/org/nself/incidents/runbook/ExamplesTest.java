package org.nself.incidents.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.definition.Trigger;
import org.nself.incidents.runbook.definition.YamlReader;
import org.nself.incidents.testing.RunningService;
import org.nself.incidents.testing.Service;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.StrictJson;

/** The expressions of the examples can be evaluated with and without optional values. */
@ExtendWith(RunningService.class)
class ExamplesTest {

  private final Expressions expressions;

  ExamplesTest(Service service) {
    this.expressions = service.context().getBean(Expressions.class);
  }

  static Stream<Path> examples() throws IOException {
    return RunbookYamlTest.examples();
  }

  private static Definition read(Path example) throws IOException {
    InputReader input =
        new InputReader(
            YamlReader.parseObject(Files.readAllBytes(example)), NamingStyle.SNAKE_CASE);
    CreateRunbook command = CreateRunbook.read(input, new DefinitionParser(new StrictJson()));
    input.check();
    return command.definition();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void everyExpressionCanBeEvaluatedWithAndWithoutInputsAndIncident(Path example)
      throws IOException {
    Definition definition = read(example);
    for (boolean all : new boolean[] {true, false}) {
      for (boolean attached : new boolean[] {true, false}) {
        EvaluationContext scope = scope(definition, all, attached);
        for (Step step : definition.steps()) {
          if (step.when() == null
              || expressions.condition("primary", step.when()).evaluate(scope)) {
            evaluate(step.action(), scope);
          }
        }
      }
    }
    Trigger attach = definition.attach();
    if (attach != null) {
      expressions.condition("primary", attach.condition()).evaluate(scope(definition, false, true));
    }
  }

  private void evaluate(Action action, EvaluationContext scope) {
    List<String> templates = new ArrayList<>();
    switch (action) {
      case Action.Http http -> {
        templates.add(http.url());
        if (http.body() != null) {
          templates.add(http.body());
        }
      }
      case Action.Wait(_, @Nullable String until) -> {
        if (until != null) {
          expressions.condition("primary", until).evaluate(scope);
        }
      }
      case Action.ChangeIncident change -> templates.addAll(change.labels().values());
      case Action.Note(String message) -> templates.add(message);
      case Action.Manual _, Action.Approval _, Action.RunRunbook _ -> {}
    }
    for (String template : templates) {
      if (expressions.template("primary", template).secrets().isEmpty()) {
        assertThat(expressions.template("primary", template).render(scope).text())
            .doesNotContain("${");
      }
    }
  }

  /**
   * The context of an execution whose steps succeeded, or were skipped because of a missing input.
   */
  private static EvaluationContext scope(
      Definition definition, boolean allInputs, boolean attached) {
    Map<String, Object> inputs = new HashMap<>();
    for (RunbookInput input : definition.inputs()) {
      if (input.defaultValue() != null) {
        inputs.put(input.name(), input.defaultValue());
      } else if (input.required() || allInputs) {
        inputs.put(input.name(), "https://example.com/" + input.name());
      }
    }
    if (allInputs) {
      inputs.replaceAll((_, value) -> value instanceof Boolean ? true : value);
    }
    Map<String, Object> replica =
        Map.of("name", "b", "role", "replica", "state", "streaming", "lag", 0L);
    Map<String, Map<String, Object>> steps = new HashMap<>();
    for (Step step : definition.steps()) {
      boolean sent = step.action() instanceof Action.Http && allInputs;
      steps.put(
          step.key(),
          Map.of(
              "status",
              sent ? "succeeded" : "skipped",
              "output",
              Map.of("members", List.of(replica))));
    }
    Map<String, Object> incident =
        Map.of(
            "title", "Checkout is down",
            "status", "open",
            "severity", "critical",
            "labels", Map.of("team", "payments"));
    return new EvaluationContext("primary", attached ? incident : null, inputs, steps);
  }
}
