package org.nself.incidents.runbook;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.Json;
import org.nself.incidents.api.JsonText;
import org.nself.incidents.api.Naming;
import org.nself.incidents.api.Problem;
import tools.jackson.databind.json.JsonMapper;

/**
 * A definition as the database keeps it: as REST writes it, so that people who look at the table or
 * track it in Hasura find the names that they know.
 */
final class DefinitionJson {

  private final JsonMapper mapper;
  private final JsonText json;

  /**
   * @param mapper the one that writes REST's answers
   */
  DefinitionJson(JsonMapper mapper, JsonText json) {
    this.mapper = mapper;
    this.json = json;
  }

  /** What stands in the column; name and description have columns of their own. */
  private record Stored(List<RunbookInput> inputs, List<Step> steps, @Nullable Attach attach) {}

  Json write(Definition definition) {
    return new Json(
        mapper.writeValueAsString(
            new Stored(definition.inputs(), definition.steps(), definition.attach())));
  }

  Definition read(String name, @Nullable String description, Json stored) {
    Input input = new Input(json.read(stored), Naming.SNAKE_CASE);
    DefinitionReader reader = new DefinitionReader(json);
    Definition definition =
        new Definition(
            name,
            description,
            Objects.requireNonNullElse(reader.inputs(input), List.of()),
            Objects.requireNonNullElse(reader.steps(input), List.of()),
            reader.attach(input));
    try {
      input.check();
    } catch (Problem problem) {
      // Not the caller's fault: it was checked before it was written, by this version or another.
      throw new IllegalStateException(
          "The database holds a definition that cannot be read", problem);
    }
    return definition;
  }
}
