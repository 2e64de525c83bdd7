package org.nself.incidents.runbook;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Input;

/**
 * What to write a runbook with.
 *
 * @param key null for none
 */
public record CreateRunbook(@Nullable String key, Definition definition) {

  static CreateRunbook read(Input input, DefinitionReader reader) {
    if (!input.has("steps")) {
      input.reject("steps", "is required");
    }
    return new CreateRunbook(
        reader.key(input),
        new Definition(
            input.requiredText("name", DefinitionReader.MAX_NAME),
            input.text("description", DefinitionReader.MAX_DESCRIPTION),
            Objects.requireNonNullElse(reader.inputs(input), List.of()),
            Objects.requireNonNullElse(reader.steps(input), List.of()),
            reader.attach(input)));
  }
}
