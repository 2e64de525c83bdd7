package org.nself.incidents.runbook;

import java.util.HashSet;
import java.util.List;
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
 * What to change of a runbook; all of it or nothing.
 *
 * @param expectedVersion change it only while its version is this one; null for any
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

  /** The fields that can be emptied, as GraphQL's {@code clear} names them. */
  private enum Clearable {
    KEY,
    DESCRIPTION,
    INPUTS,
    ATTACH
  }

  /** An UpdateRunbookInput: null and absent mean the same, {@code clear} empties. */
  static UpdateRunbook readUpdate(InputReader input, DefinitionParser reader) {
    UUID runbook = input.requiredUuid("id");
    @Nullable Integer expectedVersion = input.integer("expectedVersion", 1, Integer.MAX_VALUE);
    @Nullable List<Clearable> clear = input.enumValues("clear", Clearable.class);
    Set<String> cleared = new HashSet<>();
    if (clear != null) {
      for (Clearable field : clear) {
        String name = field.name().toLowerCase(java.util.Locale.ROOT);
        cleared.add(name);
        if (input.has(name)) {
          input.reject(name, "is given a value and cleared too; do one of them");
        }
      }
    }
    return read(input, reader, runbook, expectedVersion, cleared);
  }

  /** A JSON Merge Patch (RFC 7396): null empties, absent keeps, a list is replaced as a whole. */
  static UpdateRunbook readPatch(
      InputReader input, DefinitionParser reader, UUID runbook, @Nullable Integer expectedVersion) {
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
    return read(input, reader, runbook, expectedVersion, cleared);
  }

  private static UpdateRunbook read(
      InputReader input,
      DefinitionParser reader,
      UUID runbook,
      @Nullable Integer expectedVersion,
      Set<String> cleared) {
    return new UpdateRunbook(
        runbook,
        expectedVersion,
        change(cleared, "key", reader.key(input)),
        FieldPatch.toValue(input.string("name", DefinitionParser.MAX_NAME)),
        change(
            cleared, "description", input.string("description", DefinitionParser.MAX_DESCRIPTION)),
        change(cleared, "inputs", reader.inputs(input)),
        FieldPatch.toValue(reader.steps(input)),
        change(cleared, "attach", reader.attach(input)));
  }

  private static <T> FieldPatch<T> change(Set<String> cleared, String field, @Nullable T value) {
    return cleared.contains(field) ? new FieldPatch.Cleared<>() : FieldPatch.toValue(value);
  }

  @Nullable String keyAfter(Runbook before) {
    return key.apply(before.key());
  }

  Definition appliedTo(Definition before) {
    return new Definition(
        Objects.requireNonNull(name.apply(before.name())),
        description.apply(before.description()),
        Objects.requireNonNullElse(inputs.apply(before.inputs()), List.of()),
        Objects.requireNonNull(steps.apply(before.steps())),
        attach.apply(before.attach()));
  }
}
