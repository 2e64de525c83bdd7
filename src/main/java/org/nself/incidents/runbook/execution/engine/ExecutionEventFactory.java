package org.nself.incidents.runbook.execution.engine;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.RunbookTrigger;
import org.nself.incidents.timeline.EventKind;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.web.input.StrictJson;

/** Creates the timeline events of executions. */
public final class ExecutionEventFactory {

  static final int MAX_EXCERPT = 2_048;

  /** Marks the end of a text that was cut. */
  private static final String CUT = "…";

  private final StrictJson json;

  public ExecutionEventFactory(StrictJson json) {
    this.json = json;
  }

  /** The data that every event of an execution has. */
  private static Map<String, @Nullable Object> data(ExecutionState state) {
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("execution_id", state.header.id().toString());
    data.put("runbook_id", state.header.runbookId().toString());
    data.put("runbook_key", state.header.runbookKey());
    data.put("runbook_name", state.definition.name());
    data.put("runbook_version", state.header.runbookVersion());
    return data;
  }

  /** The data that every event of a step has. */
  private static Map<String, @Nullable Object> data(ExecutionState state, StepState step) {
    Map<String, @Nullable Object> data = data(state);
    data.put("step", step.step.key());
    data.put("title", step.step.title());
    data.put("kind", step.step.kind().name().toLowerCase(Locale.ROOT));
    return data;
  }

  public NewEvent started(UUID incident, ExecutionState state, String actor) {
    Map<String, @Nullable Object> data = data(state);
    data.put("inputs", json.read(state.header.inputs()));
    return event(incident, EventKind.RUNBOOK_STARTED, state.definition.name(), data, actor);
  }

  /**
   * @param reason why it was not started; null where it is to be suggested only
   */
  public NewEvent suggested(UUID incident, RunbookTrigger runbook, @Nullable String reason) {
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("runbook_id", runbook.id().toString());
    data.put("runbook_key", runbook.key());
    data.put("runbook_name", runbook.name());
    data.put("runbook_version", runbook.version());
    data.put("not_started_because", reason);
    return event(
        incident,
        EventKind.RUNBOOK_SUGGESTED,
        runbook.name(),
        data,
        ExecutionState.actor(runbook.key(), runbook.id()));
  }

  /**
   * The present state of a step.
   *
   * @param details more members
   */
  NewEvent step(
      UUID incident,
      ExecutionState state,
      StepState step,
      Map<String, ? extends @Nullable Object> details,
      String actor) {
    Map<String, @Nullable Object> data = data(state, step);
    data.put("status", step.status.value());
    data.put("attempt", step.attempts == 0 ? null : step.attempts);
    data.put("error", step.error);
    data.put("note", step.note);
    data.putAll(details);
    data.values().removeIf(value -> value == null);
    return event(
        incident,
        EventKind.RUNBOOK_STEP,
        step.step.title() + ": " + step.status.value().replace('_', ' '),
        data,
        actor);
  }

  NewEvent decided(UUID incident, ExecutionState state, StepState step, Decision decision) {
    Map<String, @Nullable Object> data = data(state, step);
    data.put("verdict", decision.verdict().value());
    data.put("role", decision.role());
    return event(incident, EventKind.RUNBOOK_DECISION, decision.reason(), data, decision.actor());
  }

  NewEvent finished(UUID incident, ExecutionState state, String actor) {
    Map<String, @Nullable Object> data = data(state);
    data.put("status", state.status.value());
    data.put("reason", state.reason);
    return event(
        incident,
        EventKind.RUNBOOK_FINISHED,
        state.definition.name() + ": " + state.status.value(),
        data,
        actor);
  }

  /**
   * The note of a step of kind {@code note}.
   *
   * @param truncated whether the message is the beginning of a longer one
   */
  NewEvent note(
      UUID incident, ExecutionState state, StepState step, String message, boolean truncated) {
    Map<String, @Nullable Object> data = data(state, step);
    if (truncated) {
      data.put("truncated", true);
    }
    return event(incident, EventKind.NOTE, message, data, state.actor());
  }

  private NewEvent event(
      UUID incident,
      EventKind kind,
      @Nullable String message,
      Map<String, @Nullable Object> data,
      String actor) {
    return NewEvent.of(incident, kind, message, json.write(data), actor);
  }

  /**
   * The text, or its beginning with a mark at the end: up to {@value #MAX_EXCERPT} characters.
   *
   * @param more whether the text itself is the beginning of a longer one
   */
  static String excerpt(String text, boolean more) {
    if (text.length() <= MAX_EXCERPT && !more) {
      return text;
    }
    int end = Math.min(text.length(), MAX_EXCERPT - CUT.length());
    if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end) + CUT;
  }
}
