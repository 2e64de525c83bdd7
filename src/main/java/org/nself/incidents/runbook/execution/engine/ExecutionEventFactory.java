package org.nself.incidents.runbook.execution.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.input.StrictJson;

/** Writes what an execution leaves in the timeline of its incident. */
public final class ExecutionEventFactory {

  static final int MAX_EXCERPT = 2_048;

  private final StrictJson json;

  public ExecutionEventFactory(StrictJson json) {
    this.json = json;
  }

  /** What is said of the execution in each of its events. */
  Map<String, @Nullable Object> of(UUID execution, RunbookVersionRef origin) {
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("execution_id", execution.toString());
    data.put("runbook_id", origin.runbookId().toString());
    data.put("runbook_key", origin.key());
    data.put("runbook_name", origin.definition().name());
    data.put("runbook_version", origin.version());
    return data;
  }

  /** What is said of a step in each of its events. */
  Map<String, @Nullable Object> of(ExecutionState state, StepState step) {
    Map<String, @Nullable Object> data = of(state.head.id(), state.origin);
    data.put("step", step.step.key());
    data.put("title", step.step.title());
    data.put("kind", step.step.kind().name().toLowerCase(java.util.Locale.ROOT));
    return data;
  }

  public NewEvent started(
      UUID incident, UUID execution, RunbookVersionRef origin, RawJson inputs, String actor) {
    Map<String, @Nullable Object> data = of(execution, origin);
    data.put("inputs", json.read(inputs));
    return event(incident, EventKind.RUNBOOK_STARTED, origin.definition().name(), data, actor);
  }

  public NewEvent suggested(UUID incident, RunbookVersionRef origin, @Nullable String because) {
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("runbook_id", origin.runbookId().toString());
    data.put("runbook_key", origin.key());
    data.put("runbook_name", origin.definition().name());
    data.put("runbook_version", origin.version());
    data.put("not_started_because", because);
    return event(
        incident, EventKind.RUNBOOK_SUGGESTED, origin.definition().name(), data, origin.actor());
  }

  /**
   * How a step stands now.
   *
   * @param more what else is known of it
   */
  NewEvent step(
      UUID incident,
      ExecutionState state,
      StepState step,
      Map<String, ? extends @Nullable Object> more,
      String actor) {
    Map<String, @Nullable Object> data = of(state, step);
    data.put("status", step.status.word());
    data.put("attempt", step.attempts == 0 ? null : step.attempts);
    data.put("error", step.error);
    data.put("note", step.note);
    data.putAll(more);
    data.values().removeIf(value -> value == null);
    return event(
        incident,
        EventKind.RUNBOOK_STEP,
        step.step.title() + ": " + step.status.word().replace('_', ' '),
        data,
        actor);
  }

  NewEvent decided(UUID incident, ExecutionState state, StepState step, Decision decision) {
    Map<String, @Nullable Object> data = of(state, step);
    data.put("verdict", decision.verdict().word());
    data.put("role", decision.role());
    return event(incident, EventKind.RUNBOOK_DECISION, decision.reason(), data, decision.actor());
  }

  NewEvent finished(UUID incident, ExecutionState state, String actor) {
    Map<String, @Nullable Object> data = of(state.head.id(), state.origin);
    data.put("status", state.status.word());
    data.put("reason", state.reason);
    return event(
        incident,
        EventKind.RUNBOOK_FINISHED,
        state.origin.definition().name() + ": " + state.status.word(),
        data,
        actor);
  }

  /** What a step writes. */
  NewEvent note(UUID incident, ExecutionState state, StepState step, String message) {
    return event(incident, EventKind.NOTE, message, of(state, step), state.origin.actor());
  }

  private NewEvent event(
      UUID incident,
      EventKind kind,
      @Nullable String message,
      Map<String, @Nullable Object> data,
      String actor) {
    return NewEvent.of(incident, kind, message, json.write(data), actor);
  }

  /** The beginning of a text, as much as is kept of it. */
  static String excerpt(String text) {
    int end = Math.min(text.length(), MAX_EXCERPT);
    if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }
}
