package org.nself.incidents.runbook;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.OnFailure;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.definition.StepParser;
import org.nself.incidents.runbook.definition.YamlReader;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;
import tools.jackson.databind.json.JsonMapper;

/**
 * A runbook as a file to keep and to post again: what is written in it and no more, in the order of
 * the documentation. What a reader would fill in by itself is left out.
 */
final class RunbookYamlWriter {

  private static final List<String> INPUT =
      List.of("name", "type", "required", "default", "values", "description");

  private static final List<String> STEP =
      List.of(
          "key",
          "title",
          "instructions",
          "kind",
          "after",
          "when",
          "timeout_seconds",
          "retry",
          "on_failure",
          "effect",
          "approval",
          "http",
          "wait",
          "incident",
          "note",
          "runbook");

  private final JsonMapper mapper;
  private final StrictJson json;

  /**
   * @param mapper the one that writes REST's answers
   */
  RunbookYamlWriter(JsonMapper mapper, StrictJson json) {
    this.mapper = mapper;
    this.json = json;
  }

  String write(Runbook runbook) {
    Definition definition = runbook.definition();
    Map<String, @Nullable Object> file = new LinkedHashMap<>();
    put(file, "key", runbook.key());
    put(file, "name", definition.name());
    put(file, "description", definition.description());
    put(file, "inputs", definition.inputs().stream().map(this::input).toList());
    List<Object> steps = new ArrayList<>();
    List<String> stepAbove = List.of();
    for (Step step : definition.steps()) {
      steps.add(step(step, stepAbove));
      stepAbove = List.of(step.key());
    }
    file.put("steps", steps);
    put(file, "attach", definition.attach() == null ? null : members(definition.attach()));
    return YamlReader.write(file);
  }

  private Map<String, @Nullable Object> input(RunbookInput input) {
    Map<String, @Nullable Object> members = members(input);
    if (!input.required()) {
      members.remove("required");
    }
    return ordered(members, INPUT);
  }

  private Map<String, @Nullable Object> step(Step step, List<String> stepAbove) {
    Map<String, @Nullable Object> members = members(step);
    if (step.dependsOn().equals(stepAbove)) {
      members.remove("after");
    }
    if (step.onFailure() == OnFailure.STOP) {
      members.remove("on_failure");
    }
    if (step.effect() == StepParser.usualEffect(step.action())) {
      members.remove("effect");
    }
    for (String block : List.of("http", "wait", "incident", "runbook")) {
      if (members.get(block) instanceof Map<?, ?> map) {
        map.values().removeIf(RunbookYamlWriter::isNothing);
      }
    }
    return ordered(members, STEP);
  }

  private Map<String, @Nullable Object> members(Object value) {
    return json.read(new RawJson(mapper.writeValueAsString(value)));
  }

  private static Map<String, @Nullable Object> ordered(
      Map<String, @Nullable Object> members, List<String> order) {
    Map<String, @Nullable Object> ordered = new LinkedHashMap<>();
    for (String name : order) {
      @Nullable Object value = members.get(name);
      // An empty list says something here: at once.
      if (name.equals("after") && value != null) {
        ordered.put(name, value);
      } else {
        put(ordered, name, value);
      }
    }
    return ordered;
  }

  private static void put(Map<String, @Nullable Object> file, String name, @Nullable Object value) {
    if (!isNothing(value)) {
      file.put(name, value);
    }
  }

  private static boolean isNothing(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case Collection<?> list -> list.isEmpty();
      case Map<?, ?> map -> map.isEmpty();
      default -> false;
    };
  }
}
