package org.nself.incidents.runbook.definition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.References;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldError;

/**
 * Checks the conditions and templates of a definition as a whole: that they compile, and that what
 * they name is declared and done before.
 */
public final class DefinitionValidator {

  private static final int MAX_EXPRESSIONS = 1_000;

  private final Expressions expressions;

  public DefinitionValidator(Expressions expressions) {
    this.expressions = expressions;
  }

  /**
   * @throws ApiException {@code invalid}, which names step and field of every fault. Those names
   *     are the same in GraphQL and in REST
   */
  public void validate(Definition definition) {
    List<FieldError> violations = new ArrayList<>();
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < definition.steps().size(); i++) {
      texts.addAll(texts("steps[" + i + "].", definition.steps().get(i)));
    }
    @Nullable Trigger attach = definition.attach();
    if (attach != null) {
      texts.add(new Text("attach.condition", "", attach.condition(), Use.ATTACH, null));
    }
    long written = texts.stream().mapToLong(Text::expressions).sum();
    if (written > MAX_EXPRESSIONS) {
      throw ApiException.invalid(
          "steps", "have %,d expressions; %,d are allowed".formatted(written, MAX_EXPRESSIONS));
    }
    Set<String> inputs =
        definition.inputs().stream().map(RunbookInput::name).collect(Collectors.toSet());
    Function<Step, Set<String>> before = before(definition.steps());
    for (Text text : texts) {
      @Nullable String fault = fault(text, inputs, before, definition.steps());
      if (fault != null) {
        violations.add(new FieldError(text.field(), text.within() + fault));
      }
    }
    if (!violations.isEmpty()) {
      throw ApiException.invalid(violations);
    }
  }

  /** What a text is for, and so what it may use. */
  private enum Use {
    CONDITION,
    ATTACH,
    /** Sent and never stored: only here are secrets of use. */
    SENT,
    STORED
  }

  /**
   * A text of a definition.
   *
   * @param within to begin the message with, where the field has several texts
   * @param step the step that has it; null for the runbook's own
   */
  private record Text(String field, String within, String text, Use use, @Nullable Step step) {

    /** How many there seem to be; a text without any is one of none. */
    long expressions() {
      return use == Use.CONDITION || use == Use.ATTACH ? 1 : text.split("\\$\\{", -1).length - 1;
    }
  }

  private static List<Text> texts(String path, Step step) {
    List<Text> texts = new ArrayList<>();
    @Nullable String when = step.when();
    if (when != null) {
      texts.add(new Text(path + "when", "", when, Use.CONDITION, step));
    }
    switch (step.action()) {
      case Action.Http http -> {
        texts.add(new Text(path + "http.url", "", http.url(), Use.SENT, step));
        http.headers()
            .forEach(
                (name, value) ->
                    texts.add(new Text(path + "http.headers", name + ": ", value, Use.SENT, step)));
        if (http.body() != null) {
          texts.add(new Text(path + "http.body", "", http.body(), Use.SENT, step));
        }
      }
      case Action.Wait wait -> {
        if (wait.until() != null) {
          texts.add(new Text(path + "wait.until", "", wait.until(), Use.CONDITION, step));
        }
      }
      case Action.ChangeIncident change -> {
        if (change.owner() != null) {
          texts.add(new Text(path + "incident.owner", "", change.owner(), Use.STORED, step));
        }
        change
            .labels()
            .forEach(
                (name, value) ->
                    texts.add(
                        new Text(path + "incident.labels", name + ": ", value, Use.STORED, step)));
      }
      case Action.Note note ->
          texts.add(new Text(path + "note.message", "", note.message(), Use.STORED, step));
      case Action.RunRunbook run ->
          run.inputs()
              .forEach(
                  (name, value) -> {
                    if (value instanceof String text) {
                      texts.add(
                          new Text(path + "runbook.inputs", name + ": ", text, Use.STORED, step));
                    }
                  });
      case Action.Manual _, Action.Approval _ -> {}
    }
    return texts;
  }

  private @Nullable String fault(
      Text text, Set<String> inputs, Function<Step, Set<String>> before, List<Step> steps) {
    References references;
    try {
      references =
          switch (text.use()) {
            case CONDITION, ATTACH -> expressions.condition(text.text()).references();
            case SENT, STORED -> expressions.template(text.text()).references();
          };
    } catch (InvalidExpression e) {
      return String.valueOf(e.getMessage());
    }
    if (text.use() == Use.STORED && !references.secrets().isEmpty()) {
      return "cannot use a secret, because it is stored";
    }
    if (text.use() == Use.ATTACH
        && (references.variables().contains("inputs")
            || references.variables().contains("steps"))) {
      return "can use the incident only; nothing has begun yet";
    }
    for (String input : references.inputs()) {
      if (!inputs.contains(input)) {
        return "names the input '%s', which is not declared".formatted(input);
      }
    }
    @Nullable Step step = text.step();
    return step == null ? null : stepFault(references.steps(), before.apply(step), steps);
  }

  private static @Nullable String stepFault(
      Set<String> named, Set<String> before, List<Step> steps) {
    for (String key : named) {
      if (steps.stream().noneMatch(step -> step.key().equals(key))) {
        return "names the step '%s', which there is not".formatted(key);
      }
      if (!before.contains(key)) {
        return "names the step '%s', which need not be done before: nothing in 'after' leads to it"
            .formatted(key);
      }
    }
    return null;
  }

  /** The keys of all that is done before a step. There must be no circle. */
  private static Function<Step, Set<String>> before(List<Step> steps) {
    Map<String, Step> byKey = new HashMap<>();
    steps.forEach(step -> byKey.put(step.key(), step));
    return step -> {
      Set<String> before = new HashSet<>();
      List<String> next = new ArrayList<>(step.dependsOn());
      while (!next.isEmpty()) {
        String key = next.removeLast();
        @Nullable Step above = byKey.get(key);
        if (above != null && before.add(key)) {
          next.addAll(above.dependsOn());
        }
      }
      return before;
    };
  }
}
