package org.nself.incidents.runbook;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.web.input.InputReader;

/**
 * The content of a new runbook.
 *
 * @param key null for none
 */
public record CreateRunbook(@Nullable String key, Definition definition) {

  static CreateRunbook read(InputReader input, DefinitionParser parser) {
    if (!input.has("steps")) {
      input.reject("steps", "is required");
    }
    return new CreateRunbook(
        parser.key(input),
        new Definition(
            input.requiredString("name", DefinitionParser.MAX_NAME),
            input.string("description", DefinitionParser.MAX_DESCRIPTION),
            Objects.requireNonNullElse(parser.inputs(input), List.of()),
            Objects.requireNonNullElse(parser.steps(input), List.of()),
            parser.attach(input)));
  }
}
