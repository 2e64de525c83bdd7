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
import org.nself.incidents.expression.Condition;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.References;
import org.nself.incidents.expression.Template;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.FieldErrors;

/**
 * Validates the conditions and templates of a definition: that they compile, that the inputs they
 * name are declared, and that the steps they name are dependencies.
 */
public final class DefinitionValidator {

  private static final int MAX_EXPRESSIONS = 1_000;
  private static final int MAX_ALL_EXPRESSIONS = 5_000;

  private final Expressions expressions;

  public DefinitionValidator(Expressions expressions) {
    this.expressions = expressions;
  }

  /**
   * @param account whose turn of the processor compiles the expressions
   * @throws ApiException {@code invalid}, with the step and field of each error. The fields have
   *     the same names in GraphQL and in REST
   */
  public void validate(String account, Definition definition) {
    FieldErrors errors = new FieldErrors();
    var _ = check(account, definition, "", 0, errors);
    if (!errors.isEmpty()) {
      throw ApiException.invalid(errors);
    }
  }

  /**
   * Validates one of several definitions.
   *
   * @param account as for {@link #validate}
   * @param path of the definition in the input, such as {@code runbooks[0].}
   * @param checked the number of expressions in those before it
   * @param errors gets the errors
   * @return the number of expressions in this one and those before it
   */
  public int check(
      String account, Definition definition, String path, int checked, FieldErrors errors) {
    List<Source> sources = new ArrayList<>();
    for (int i = 0; i < definition.steps().size(); i++) {
      Step step = definition.steps().get(i);
      sources.addAll(sources(path + "steps[" + i + "].", step));
      @Nullable Integer timeout = step.timeoutSeconds();
      if (step.http() != null && timeout != null && timeout > Step.MAX_HTTP_SECONDS) {
        errors.add(
            path + "steps[" + i + "]",
            "an attempt of an HTTP step takes at most %d s; its timeout is %,d s"
                .formatted(Step.MAX_HTTP_SECONDS, timeout));
      }
    }
    @Nullable Trigger attach = definition.attach();
    if (attach != null) {
      sources.add(new Source(path + "attach.condition", "", attach.condition(), Use.TRIGGER, null));
    }
    long count = sources.stream().mapToLong(Source::countExpressions).sum();
    if (count > MAX_EXPRESSIONS || checked + count > MAX_ALL_EXPRESSIONS) {
      errors.add(
          path + "steps",
          count > MAX_EXPRESSIONS
              ? "have %,d expressions; at most %,d are allowed".formatted(count, MAX_EXPRESSIONS)
              : "have %,d expressions with those of the runbooks before; at most %,d are allowed at once"
                  .formatted(checked + count, MAX_ALL_EXPRESSIONS));
      return checked;
    }
    Set<String> inputs =
        definition.inputs().stream().map(RunbookInput::name).collect(Collectors.toSet());
    Function<Step, Set<String>> dependencies = transitiveDependencies(definition.steps());
    for (Source source : sources) {
      if (!errors.hasRoom()) {
        // Each of the others would have to be compiled.
        errors.endEarly();
        break;
      }
      @Nullable String error = findError(account, source, inputs, dependencies, definition.steps());
      if (error != null) {
        errors.add(source.field(), source.prefix() + error);
      }
    }
    return checked + (int) count;
  }

  /** How an expression is used, which determines what it can name. */
  private enum Use {
    CONDITION,
    /** A condition or a moment. */
    WAIT,
    TRIGGER,
    /** A template that is sent and not stored, and therefore can use secrets. */
    SENT,
    /** A template that is stored. */
    STORED
  }

  /**
   * The source of a condition or a template.
   *
   * @param prefix begins the message, if the field has several sources
   * @param step the step that it belongs to; null for the trigger
   */
  private record Source(String field, String prefix, String text, Use use, @Nullable Step step) {

    /** An upper bound, because <code>$${</code> is counted too. */
    long countExpressions() {
      return use != Use.SENT && use != Use.STORED ? 1 : text.split("\\$\\{", -1).length - 1;
    }
  }

  private static List<Source> sources(String path, Step step) {
    List<Source> sources = new ArrayList<>();
    @Nullable String when = step.when();
    if (when != null) {
      sources.add(new Source(path + "when", "", when, Use.CONDITION, step));
    }
    switch (step.action()) {
      case Action.Http http -> {
        sources.add(new Source(path + "http.url", "", http.url(), Use.SENT, step));
        http.headers()
            .forEach(
                (name, value) ->
                    sources.add(
                        new Source(path + "http.headers", name + ": ", value, Use.SENT, step)));
        if (http.body() != null) {
          sources.add(new Source(path + "http.body", "", http.body(), Use.SENT, step));
        }
      }
      case Action.Wait wait -> {
        if (wait.until() != null) {
          sources.add(new Source(path + "wait.until", "", wait.until(), Use.WAIT, step));
        }
      }
      case Action.ChangeIncident change -> {
        if (change.owner() != null) {
          sources.add(new Source(path + "incident.owner", "", change.owner(), Use.STORED, step));
        }
        change
            .labels()
            .forEach(
                (name, value) ->
                    sources.add(
                        new Source(
                            path + "incident.labels", name + ": ", value, Use.STORED, step)));
      }
      case Action.Note note ->
          sources.add(new Source(path + "note.message", "", note.message(), Use.STORED, step));
      case Action.RunRunbook run ->
          run.inputs()
              .forEach(
                  (name, value) -> {
                    if (value instanceof String text) {
                      sources.add(
                          new Source(path + "runbook.inputs", name + ": ", text, Use.STORED, step));
                    }
                  });
      case Action.Manual _, Action.Approval _ -> {}
    }
    return sources;
  }

  private @Nullable String findError(
      String account,
      Source source,
      Set<String> inputs,
      Function<Step, Set<String>> dependencies,
      List<Step> steps) {
    References references;
    try {
      @Nullable String fault;
      switch (source.use()) {
        case CONDITION, TRIGGER, WAIT -> {
          Condition condition =
              source.use() == Use.WAIT
                  ? expressions.waitCondition(account, source.text())
                  : expressions.condition(account, source.text());
          references = condition.references();
          fault = condition.error();
        }
        case SENT, STORED -> {
          Template template = expressions.template(account, source.text());
          references = template.references();
          fault = template.error();
        }
        default -> throw new IllegalStateException("Unknown use " + source.use());
      }
      if (fault != null) {
        return fault;
      }
    } catch (InvalidExpression e) {
      return String.valueOf(e.getMessage());
    }
    if (source.use() == Use.STORED && !references.secrets().isEmpty()) {
      return "cannot use a secret, because the result is stored";
    }
    if (source.use() == Use.TRIGGER
        && (references.variables().contains("inputs")
            || references.variables().contains("steps"))) {
      return "can use incident only; inputs and steps do not exist before the start";
    }
    for (String input : references.inputs()) {
      if (!inputs.contains(input)) {
        return "input '%s' is not declared".formatted(input);
      }
    }
    @Nullable Step step = source.step();
    return step == null ? null : findStepError(references.steps(), dependencies.apply(step), steps);
  }

  private static @Nullable String findStepError(
      Set<String> references, Set<String> dependencies, List<Step> steps) {
    for (String key : references) {
      if (steps.stream().noneMatch(step -> step.key().equals(key))) {
        return "step '%s' does not exist".formatted(key);
      }
      if (!dependencies.contains(key)) {
        return "step '%s' is not a (transitive) dependency of this step; add it to 'after'"
            .formatted(key);
      }
    }
    return null;
  }

  /** Returns the keys of the direct and indirect dependencies of a step. */
  private static Function<Step, Set<String>> transitiveDependencies(List<Step> steps) {
    Map<String, Step> byKey = new HashMap<>();
    steps.forEach(step -> byKey.put(step.key(), step));
    return step -> {
      Set<String> dependencies = new HashSet<>();
      List<String> next = new ArrayList<>(step.dependsOn());
      while (!next.isEmpty()) {
        String key = next.removeLast();
        @Nullable Step dependency = byKey.get(key);
        if (dependency != null && dependencies.add(key)) {
          next.addAll(dependency.dependsOn());
        }
      }
      return dependencies;
    };
  }
}
