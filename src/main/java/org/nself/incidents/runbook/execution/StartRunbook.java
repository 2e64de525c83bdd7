package org.nself.incidents.runbook.execution;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.api.Input;
import org.nself.incidents.api.JsonText;

/**
 * Which runbook to start.
 *
 * @param incident what to do it for; null for none
 * @param inputs by name, not checked against the runbook yet
 */
public record StartRunbook(
    UUID runbook, @Nullable UUID incident, Map<String, ? extends @Nullable Object> inputs) {

  static StartRunbook read(Input input, JsonText json) {
    return read(input, input.requiredUuid("runbookId"), json);
  }

  static StartRunbook read(Input input, UUID runbook, JsonText json) {
    @Nullable UUID incident = input.uuid("incidentId");
    return new StartRunbook(runbook, incident, inputs(input, json));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, ? extends @Nullable Object> inputs(Input input, JsonText json) {
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
