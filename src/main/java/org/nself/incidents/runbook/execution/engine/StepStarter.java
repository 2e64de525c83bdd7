package org.nself.incidents.runbook.execution.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.Rendered;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.outbound.OutboundRequest;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.timeline.IncidentRef;

/** Begins steps, and looks again at those that wait. */
public final class StepStarter {

  /** How many executions may be above one. */
  public static final int MAX_DEPTH = 8;

  /** How long an HTTP attempt may take, where the step does not say. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

  /**
   * How often a condition over the incident is judged again by itself. Changes of the incident are
   * told; this makes up for one that came at the very moment the step began to wait.
   */
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(60);

  private static final int MAX_REQUEST = 2_000;
  private static final int MAX_NOTE = 20_000;
  private static final int MAX_OWNER = 200;

  private final ExecutionTransition work;
  private final ExecutionState state;
  private final Map<String, String> refused;
  private boolean changesIncident;

  StepStarter(ExecutionTransition work, Map<String, String> refused) {
    this.work = work;
    this.state = work.state;
    this.refused = refused;
  }

  /** Whether a step that has begun changes the incident. */
  boolean changesIncident() {
    return changesIncident;
  }

  /** Begins a step whose turn it is. */
  void start(StepState step) {
    @Nullable String refusal = refused.get(step.step.key());
    if (refusal != null) {
      work.finish(step, StepStatus.FAILED, refusal);
      return;
    }
    try {
      @Nullable String when = step.step.when();
      if (when != null && !work.tools.expressions().condition(when).evaluate(work.scope())) {
        work.finish(step, StepStatus.SKIPPED, null, Map.of("when", when), state.origin.actor());
        return;
      }
      dispatch(step);
    } catch (ExpressionFailure | InvalidExpression e) {
      work.finish(step, StepStatus.FAILED, masked(e));
    }
  }

  private void dispatch(StepState step) {
    switch (step.step.action()) {
      case Action.Manual() -> waitFor(step, null);
      case Action.Approval _ -> waitFor(step, null);
      case Action.Wait wait -> start(step, wait);
      case Action.Http http -> attempt(step, http);
      case Action.Note note -> note(step, note);
      case Action.ChangeIncident change -> change(step, change);
      case Action.RunRunbook run -> run(step, run);
    }
  }

  /** Looks at a step that waits, and whether it still has to. */
  boolean recheck(StepState step) {
    // First what has happened: it may have been in time, and only now is seen.
    if (step.child != null && child(step, step.child)) {
      return true;
    }
    if (step.expiresAt != null && !step.expiresAt.isAfter(work.now)) {
      if (step.child != null) {
        work.unwanted.add(step.child);
      }
      work.finish(
          step,
          StepStatus.TIMED_OUT,
          "It waited for the %,d s that it may take".formatted(step.step.timeoutSeconds()));
      return true;
    }
    if (step.child != null) {
      return false;
    }
    if (step.dueAt == null || step.dueAt.isAfter(work.now)) {
      // What a person is awaited for is recorded by who records what the person says.
      return step.step.action() instanceof Action.Wait wait
          && wait.until() != null
          && evaluateCondition(step, wait.until());
    }
    try {
      switch (step.step.action()) {
        case Action.Http http -> attempt(step, http);
        case Action.Wait wait when wait.until() == null ->
            work.finish(step, StepStatus.SUCCEEDED, null);
        case Action.Wait wait -> {
          if (!evaluateCondition(step, String.valueOf(wait.until()))) {
            step.dueAt = work.now.plus(POLL_INTERVAL);
            step.changed = true;
          }
        }
        default -> {
          return false;
        }
      }
    } catch (ExpressionFailure | InvalidExpression e) {
      work.finish(step, StepStatus.FAILED, masked(e));
    }
    return true;
  }

  private void waitFor(StepState step, @Nullable Instant dueAt) {
    step.become(StepStatus.WAITING, work.now);
    step.dueAt = dueAt;
    @Nullable Integer timeout = step.step.timeoutSeconds();
    step.expiresAt = timeout == null ? null : work.now.plusSeconds(timeout);
  }

  private void start(StepState step, Action.Wait wait) {
    if (wait.seconds() != null) {
      waitFor(step, work.now.plusSeconds(wait.seconds()));
      // Longer than it may take is not what this kind of step can be.
      step.expiresAt = null;
    } else {
      waitFor(step, work.now.plus(POLL_INTERVAL));
      evaluateCondition(step, String.valueOf(wait.until()));
    }
  }

  /** Whether the step has come to its end by this condition. */
  private boolean evaluateCondition(StepState step, String until) {
    try {
      if (work.tools.expressions().condition(until).evaluate(work.scope())) {
        work.finish(step, StepStatus.SUCCEEDED, null);
        return true;
      }
      return false;
    } catch (ExpressionFailure | InvalidExpression e) {
      work.finish(step, StepStatus.FAILED, masked(e));
      return true;
    }
  }

  private void attempt(StepState step, Action.Http http) {
    EvaluationContext scope = work.scope();
    Rendered url = render(http.url(), scope);
    Map<String, String> headers = new LinkedHashMap<>();
    http.headers().forEach((name, value) -> headers.put(name, render(value, scope).text()));
    headers.put("Idempotency-Key", state.head.id() + ":" + step.step.key());
    @Nullable String body = http.body() == null ? null : render(http.body(), scope).text();
    @Nullable Integer seconds = step.step.timeoutSeconds();
    step.attempts++;
    step.become(StepStatus.RUNNING, work.now);
    String request = http.method() + " " + JsonValues.storable(url.redactedText());
    work.attempts.add(
        AttemptRow.begun(
            step.step.key(),
            step.attempts,
            request.substring(0, Math.min(request.length(), MAX_REQUEST)),
            work.now));
    work.effects.add(
        new SideEffect.Request(
            step.step.key(),
            step.attempts,
            new OutboundRequest(
                http.method().name(),
                url.text(),
                headers,
                body,
                seconds == null ? REQUEST_TIMEOUT : Duration.ofSeconds(seconds))));
  }

  private void note(StepState step, Action.Note note) {
    String message = renderForStorage(note.message(), work.scope(), MAX_NOTE);
    if (message.isBlank()) {
      work.finish(step, StepStatus.FAILED, "The note is empty");
      return;
    }
    step.become(StepStatus.SUCCEEDED, work.now);
    @Nullable UUID incident = state.head.incidentId();
    if (incident != null) {
      work.effects.add(
          new SideEffect.AppendEvent(work.tools.evidence().note(incident, state, step, message)));
    }
  }

  private void change(StepState step, Action.ChangeIncident change) {
    @Nullable UUID incident = state.head.incidentId();
    if (incident == null) {
      work.finish(
          step,
          StepStatus.FAILED,
          "The runbook was started for no incident; there is none to change");
      return;
    }
    EvaluationContext scope = work.scope();
    @Nullable String owner =
        change.owner() == null ? null : renderForStorage(change.owner(), scope, MAX_OWNER);
    if (owner != null && owner.isBlank()) {
      work.finish(step, StepStatus.FAILED, "The owner is empty");
      return;
    }
    Map<String, String> labels = new HashMap<>();
    change.labels().forEach((name, value) -> labels.put(name, renderForStorage(value, scope, 255)));
    ChangeIncident command =
        ChangeIncident.ofRunbook(
            new IncidentRef.ById(incident),
            change.severity(),
            owner,
            labels,
            change.status(),
            "The runbook %s".formatted(state.origin.definition().name()));
    changesIncident = true;
    work.effects.add(new SideEffect.IncidentChange(step.step.key(), command));
    work.finish(step, StepStatus.SUCCEEDED, null);
  }

  private void run(StepState step, Action.RunRunbook run) {
    if (state.head.depth() >= MAX_DEPTH) {
      work.finish(
          step,
          StepStatus.FAILED,
          "Runbooks may run each other %d deep, not deeper".formatted(MAX_DEPTH));
      return;
    }
    EvaluationContext scope = work.scope();
    Map<String, Object> inputs = new HashMap<>();
    run.inputs()
        .forEach(
            (name, value) ->
                inputs.put(
                    name,
                    value instanceof String text ? renderForStorage(text, scope, 2_000) : value));
    waitFor(step, null);
    UUID child = work.tools.ids().next();
    step.child = child;
    step.childStatus = ExecutionStatus.RUNNING;
    work.effects.add(new SideEffect.StartChild(step.step.key(), child, run.runbookId(), inputs));
  }

  private boolean child(StepState step, UUID child) {
    @Nullable ExecutionStatus status = step.childStatus;
    if (status == null || !status.isFinished()) {
      return false;
    }
    step.output =
        work.tools
            .values()
            .write(Map.of("execution_id", child.toString(), "status", status.word()));
    if (status == ExecutionStatus.SUCCEEDED) {
      work.finish(step, StepStatus.SUCCEEDED, null);
    } else {
      work.finish(step, StepStatus.FAILED, "The runbook that it ran " + ended(status));
    }
    return true;
  }

  private static String ended(ExecutionStatus status) {
    return status == ExecutionStatus.CANCELLED
        ? "was cancelled"
        : status.word().toLowerCase(Locale.ROOT);
  }

  private Rendered render(String template, EvaluationContext scope) {
    return work.tools.expressions().template(template).render(scope);
  }

  /** For what is stored: what is secret does not belong there. */
  private String renderForStorage(String template, EvaluationContext scope, int most) {
    String text = JsonValues.storable(render(template, scope).redactedText());
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most));
  }

  private String masked(RuntimeException e) {
    return JsonValues.storable(work.tools.secrets().mask(String.valueOf(e.getMessage())));
  }
}
