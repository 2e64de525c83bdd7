package org.nself.incidents.runbook.definition;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.error.FieldError;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.NamingStyle;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Converts definitions to and from the JSON in the database. It has the names of the REST API, so
 * that people who read the table or track it in Hasura find the names that they know.
 */
public final class DefinitionJsonCodec {

  private final JsonMapper mapper;
  private final StrictJson json;

  /**
   * @param mapper the mapper that writes REST responses
   */
  public DefinitionJsonCodec(JsonMapper mapper, StrictJson json) {
    this.mapper = mapper;
    this.json = json;
  }

  /** The content of the column; name and description have columns of their own. */
  private record Stored(List<RunbookInput> inputs, List<Step> steps, @Nullable Trigger attach) {}

  public RawJson write(Definition definition) {
    return new RawJson(
        mapper.writeValueAsString(
            new Stored(definition.inputs(), definition.steps(), definition.attach())));
  }

  /**
   * Reads a stored definition. It never fails: what this version of the service does not know is
   * listed in {@link Definition#unsupported}, so that a definition saved by a newer version, before
   * a rollback or by another process, does not break the list that it is in.
   */
  public Definition read(String name, @Nullable String description, RawJson stored) {
    InputReader input;
    try {
      input = new InputReader(withoutNulls(json.read(stored)), NamingStyle.SNAKE_CASE);
    } catch (JacksonException e) {
      return new Definition(
          name,
          description,
          List.of(),
          List.of(),
          null,
          List.of(new FieldError("definition", "exceeds the limits on depth or length")));
    }
    DefinitionParser parser = new DefinitionParser(json);
    List<RunbookInput> inputs = Objects.requireNonNullElse(parser.inputs(input), List.of());
    List<Step> steps = Objects.requireNonNullElse(parser.steps(input), List.of());
    @Nullable Trigger attach = parser.attach(input);
    input.rejectUnknown();
    return new Definition(name, description, inputs, steps, attach, List.copyOf(input.errors()));
  }

  /** A newer version may write null for a member that a runbook does not use. */
  private static Map<String, @Nullable Object> withoutNulls(Map<?, ?> members) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    members.forEach(
        (name, value) -> {
          if (value != null) {
            result.put(String.valueOf(name), withoutNulls(value));
          }
        });
    return result;
  }

  private static Object withoutNulls(Object value) {
    return switch (value) {
      case Map<?, ?> map -> withoutNulls(map);
      case List<?> list ->
          list.stream().filter(Objects::nonNull).map(item -> withoutNulls(item)).toList();
      default -> value;
    };
  }
}
