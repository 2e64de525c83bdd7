package org.nself.incidents.runbook;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.OnFailure;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.definition.StepParser;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a runbook as a YAML file to keep and to send to {@code createRunbook} again: the
 * definition only, in the order of the documentation, without members that have their default.
 */
final class RunbookYamlWriter {

  private static final DumpSettings SETTINGS =
      DumpSettings.builder()
          .setSchema(new CoreSchema())
          .setDefaultFlowStyle(FlowStyle.BLOCK)
          .setSplitLines(false)
          .setIndent(2)
          .setIndicatorIndent(2)
          .setIndentWithIndicator(true)
          .setDereferenceAliases(true)
          .build();

  private static final List<String> INPUT_MEMBERS =
      List.of("name", "type", "required", "default", "values", "description");

  private static final List<String> STEP_MEMBERS =
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
   * @param mapper the mapper that writes REST responses
   */
  RunbookYamlWriter(JsonMapper mapper, StrictJson json) {
    this.mapper = mapper;
    this.json = json;
  }

  /**
   * @param calledKeys the keys to write instead of the ids of the runbooks that steps run, so that
   *     the file can be applied to another account
   */
  String write(Runbook runbook, Map<UUID, String> calledKeys) {
    Definition definition = runbook.definition();
    Map<String, @Nullable Object> file = new LinkedHashMap<>();
    put(file, "key", runbook.key());
    put(file, "name", definition.name());
    put(file, "description", definition.description());
    put(file, "inputs", definition.inputs().stream().map(this::input).toList());
    List<Object> steps = new ArrayList<>();
    List<String> previousStep = List.of();
    for (Step step : definition.steps()) {
      steps.add(step(step, previousStep, calledKeys));
      previousStep = List.of(step.key());
    }
    file.put("steps", steps);
    put(file, "attach", definition.attach() == null ? null : members(definition.attach()));
    String yaml = new Dump(SETTINGS).dumpToString(file);
    return definition.unsupported().isEmpty()
        ? yaml
        : "# Incomplete: this version of the service does not support %s%n%s"
            .formatted(definition.describeUnsupported().replaceAll("\\v", " "), yaml);
  }

  private Map<String, @Nullable Object> input(RunbookInput input) {
    Map<String, @Nullable Object> members = members(input);
    if (!input.required()) {
      members.remove("required");
    }
    return inOrder(members, INPUT_MEMBERS);
  }

  private Map<String, @Nullable Object> step(
      Step step, List<String> previousStep, Map<UUID, String> calledKeys) {
    Map<String, @Nullable Object> members = members(step);
    Action.@Nullable RunRunbook run = step.runbook();
    @Nullable String key =
        run == null || run.runbookId() == null ? null : calledKeys.get(run.runbookId());
    if (run != null && key != null) {
      members.put("runbook", members(new Action.RunRunbook(null, key, run.inputs())));
    }
    if (step.dependsOn().equals(previousStep)) {
      members.remove("after");
    }
    if (step.onFailure() == OnFailure.STOP) {
      members.remove("on_failure");
    }
    if (step.effect() == StepParser.defaultEffect(step.action())) {
      members.remove("effect");
    }
    for (String block : List.of("http", "wait", "incident", "runbook")) {
      if (members.get(block) instanceof Map<?, ?> map) {
        map.values().removeIf(value -> isEmpty(value) || Boolean.FALSE.equals(value));
      }
    }
    return inOrder(members, STEP_MEMBERS);
  }

  private Map<String, @Nullable Object> members(Object value) {
    return json.read(new RawJson(mapper.writeValueAsString(value)));
  }

  private static Map<String, @Nullable Object> inOrder(
      Map<String, @Nullable Object> members, List<String> order) {
    Map<String, @Nullable Object> ordered = new LinkedHashMap<>();
    for (String name : order) {
      @Nullable Object value = members.get(name);
      // Here an empty list has a meaning: the step has no dependencies.
      if (name.equals("after") && value != null) {
        ordered.put(name, value);
      } else {
        put(ordered, name, value);
      }
    }
    return ordered;
  }

  private static void put(Map<String, @Nullable Object> file, String name, @Nullable Object value) {
    if (!isEmpty(value)) {
      file.put(name, value);
    }
  }

  private static boolean isEmpty(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case Collection<?> list -> list.isEmpty();
      case Map<?, ?> map -> map.isEmpty();
      default -> false;
    };
  }
}
