package org.nself.incidents.runbook.definition;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;
import tools.jackson.databind.json.JsonMapper;

/**
 * A definition as the database keeps it: as REST writes it, so that people who look at the table or
 * track it in Hasura find the names that they know.
 */
public final class DefinitionJsonCodec {

  private final JsonMapper mapper;
  private final StrictJson json;

  /**
   * @param mapper the one that writes REST's answers
   */
  public DefinitionJsonCodec(JsonMapper mapper, StrictJson json) {
    this.mapper = mapper;
    this.json = json;
  }

  /** What stands in the column; name and description have columns of their own. */
  private record Stored(List<RunbookInput> inputs, List<Step> steps, @Nullable Trigger attach) {}

  public RawJson write(Definition definition) {
    return new RawJson(
        mapper.writeValueAsString(
            new Stored(definition.inputs(), definition.steps(), definition.attach())));
  }

  public Definition read(String name, @Nullable String description, RawJson stored) {
    InputReader input = new InputReader(json.read(stored), NamingStyle.SNAKE_CASE);
    DefinitionParser reader = new DefinitionParser(json);
    Definition definition =
        new Definition(
            name,
            description,
            Objects.requireNonNullElse(reader.inputs(input), List.of()),
            Objects.requireNonNullElse(reader.steps(input), List.of()),
            reader.attach(input));
    try {
      input.check();
    } catch (ApiException problem) {
      // Not the caller's fault: it was checked before it was written, by this version or another.
      throw new IllegalStateException(
          "The database holds a definition that cannot be read", problem);
    }
    return definition;
  }
}
