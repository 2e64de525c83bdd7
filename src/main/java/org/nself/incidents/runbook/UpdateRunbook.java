package org.nself.incidents.runbook;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.DefinitionParser;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.definition.Trigger;
import org.nself.incidents.web.input.FieldPatch;
import org.nself.incidents.web.input.InputReader;

/**
 * The changes to make to a runbook.
 *
 * @param expectedVersion the version that the runbook must have; null for any
 */
public record UpdateRunbook(
    UUID runbook,
    @Nullable Integer expectedVersion,
    FieldPatch<String> key,
    FieldPatch<String> name,
    FieldPatch<String> description,
    FieldPatch<List<RunbookInput>> inputs,
    FieldPatch<List<Step>> steps,
    FieldPatch<Trigger> attach) {

  /** The fields that {@code clear} of GraphQL can name. */
  private enum Clearable {
    KEY,
    DESCRIPTION,
    INPUTS,
    ATTACH
  }

  /** Reads an UpdateRunbookInput: null means the same as absent, {@code clear} empties a field. */
  static UpdateRunbook readUpdate(InputReader input, DefinitionParser parser) {
    UUID runbook = input.requiredUuid("id");
    @Nullable Integer expectedVersion = input.integer("expectedVersion", 1, Integer.MAX_VALUE);
    @Nullable List<Clearable> clear = input.enumValues("clear", Clearable.class);
    Set<String> cleared = new HashSet<>();
    if (clear != null) {
      for (Clearable field : clear) {
        String name = field.name().toLowerCase(Locale.ROOT);
        cleared.add(name);
        if (input.has(name)) {
          input.reject(name, "has a value and is named in clear; do one of the two");
        }
      }
    }
    return read(input, parser, runbook, expectedVersion, cleared);
  }

  /** Reads a JSON Merge Patch (RFC 7396): null empties a field, a list is replaced as a whole. */
  static UpdateRunbook readPatch(
      InputReader input, DefinitionParser parser, UUID runbook, @Nullable Integer expectedVersion) {
    Set<String> cleared = new HashSet<>();
    for (String field : List.of("key", "description", "inputs", "attach")) {
      if (input.isNull(field)) {
        cleared.add(field);
      }
    }
    for (String field : List.of("name", "steps")) {
      if (input.isNull(field)) {
        input.reject(field, "cannot be emptied");
      }
    }
    return read(input, parser, runbook, expectedVersion, cleared);
  }

  private static UpdateRunbook read(
      InputReader input,
      DefinitionParser parser,
      UUID runbook,
      @Nullable Integer expectedVersion,
      Set<String> cleared) {
    return new UpdateRunbook(
        runbook,
        expectedVersion,
        patch(cleared, "key", parser.key(input)),
        FieldPatch.toValue(input.nonBlankString("name", DefinitionParser.MAX_NAME)),
        patch(
            cleared, "description", input.string("description", DefinitionParser.MAX_DESCRIPTION)),
        patch(cleared, "inputs", parser.inputs(input)),
        FieldPatch.toValue(parser.steps(input)),
        patch(cleared, "attach", parser.attach(input)));
  }

  private static <T> FieldPatch<T> patch(Set<String> cleared, String field, @Nullable T value) {
    return cleared.contains(field) ? new FieldPatch.Cleared<>() : FieldPatch.toValue(value);
  }

  @Nullable String applyToKey(@Nullable String before) {
    return key.apply(before);
  }

  Definition apply(Definition before) {
    return new Definition(
        Objects.requireNonNull(name.apply(before.name())),
        description.apply(before.description()),
        Objects.requireNonNullElse(inputs.apply(before.inputs()), List.of()),
        Objects.requireNonNull(steps.apply(before.steps())),
        attach.apply(before.attach()));
  }
}
