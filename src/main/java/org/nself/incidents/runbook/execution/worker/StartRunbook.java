package org.nself.incidents.runbook.execution.worker;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.InputReader;
import org.nself.incidents.web.input.StrictJson;

/**
 * The command to start a runbook.
 *
 * @param incident null for none
 * @param inputs by name, not yet checked against the runbook
 */
public record StartRunbook(
    UUID runbook, @Nullable UUID incident, Map<String, ? extends @Nullable Object> inputs) {

  public static StartRunbook read(InputReader input, StrictJson json) {
    return read(input, input.requiredUuid("runbookId"), json);
  }

  public static StartRunbook read(InputReader input, UUID runbook, StrictJson json) {
    @Nullable UUID incident = input.uuid("incidentId");
    return new StartRunbook(runbook, incident, inputs(input, json));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, ? extends @Nullable Object> inputs(
      InputReader input, StrictJson json) {
    if (input.json("inputs", json) == null) {
      return Map.of();
    }
    if (input.value("inputs") instanceof Map<?, ?> members) {
      return (Map<String, ? extends @Nullable Object>) members;
    }
    input.reject("inputs", "must be an object");
    return Map.of();
  }
}
