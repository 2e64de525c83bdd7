package org.nself.incidents.runbook.execution.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.Template;
import org.nself.incidents.incident.ChangeIncident;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.RunbookInput;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.timeline.IncidentRef;
import org.nself.incidents.web.input.Strings;
import org.nself.incidents.web.input.Timestamps;

/** Starts steps, and rechecks those that wait. */
public final class StepStarter {

  /** The greatest number of executions above one. */
  public static final int MAX_DEPTH = 8;

  /** The timeout of an HTTP attempt whose step has none. */
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

  /**
   * How often a condition over the incident is evaluated without a signal. Changes of the incident
   * signal; this covers a change at the very moment the step started to wait.
   */
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(60);

  private static final int MAX_REQUEST = 2_000;
  private static final int MAX_NOTE = 20_000;
  private static final int MAX_OWNER = 200;
  private static final int MAX_LABEL = 255;
  private static final int MAX_INPUT = 2_000;

  private final ExecutionTransition transition;
  private final ExecutionState state;
  private final Map<String, String> rejections;
  private final BooleanSupplier mayCall;
  private boolean changesIncident;
  private boolean awaitsCalls;

  StepStarter(
      ExecutionTransition transition, Map<String, String> rejections, BooleanSupplier mayCall) {
    this.transition = transition;
    this.state = transition.state;
    this.rejections = rejections;
    this.mayCall = mayCall;
  }

  /** Whether a step that was started changes the incident. */
  boolean changesIncident() {
    return changesIncident;
  }

  /** Whether a step could not start because no request may be sent now. */
  boolean awaitsCalls() {
    return awaitsCalls;
  }

  /**
   * Starts a step whose dependencies are done.
   *
   * @return false where it has to wait until a request may be sent
   */
  boolean start(StepState step) {
    @Nullable String rejection = rejections.get(step.step.key());
    if (rejection != null) {
      transition.finish(step, StepStatus.FAILED, rejection);
      return true;
    }
    try {
      @Nullable String when = step.step.when();
      if (when != null
          && !transition
              .context
              .expressions
              .condition(transition.state.header.account(), when)
              .evaluate(transition.evaluationContext())) {
        transition.finish(step, StepStatus.SKIPPED, null, Map.of("when", when), state.actor());
        return true;
      }
      return dispatch(step);
    } catch (ExpressionFailure | InvalidExpression e) {
      transition.finish(step, StepStatus.FAILED, message(e));
      return true;
    }
  }

  private boolean dispatch(StepState step) {
    switch (step.step.action()) {
      case Action.Manual() -> waitFor(step, null);
      case Action.Approval _ -> waitFor(step, null);
      case Action.Wait wait -> startWait(step, wait);
      case Action.Http http -> {
        return startAttempt(step, http);
      }
      case Action.Note note -> appendNote(step, note);
      case Action.ChangeIncident change -> changeIncident(step, change);
      case Action.RunRunbook run -> startChild(step, run);
    }
    return true;
  }

  /**
   * Checks whether a waiting step has to wait any longer.
   *
   * @return whether it moved
   */
  boolean recheck(StepState step) {
    // The child first: it may have ended before the step expired.
    if (step.child != null && recheckChild(step, step.child)) {
      return true;
    }
    if (step.expiresAt != null && !step.expiresAt.isAfter(transition.now)) {
      if (step.child != null) {
        transition.abandonedChildren.add(step.child);
      }
      transition.finish(
          step,
          StepStatus.TIMED_OUT,
          "Not done within %,d s".formatted(step.step.timeoutSeconds()));
      return true;
    }
    if (step.child != null) {
      return false;
    }
    if (step.dueAt == null || step.dueAt.isAfter(transition.now)) {
      // A step that waits for a person is ended by that person's command.
      return step.step.action() instanceof Action.Wait wait
          && wait.until() != null
          && evaluateCondition(step, wait.until());
    }
    try {
      switch (step.step.action()) {
        case Action.Http http -> {
          return startAttempt(step, http);
        }
        case Action.Wait wait when wait.until() == null ->
            transition.finish(step, StepStatus.SUCCEEDED, null);
        case Action.Wait wait -> {
          if (!evaluateCondition(step, String.valueOf(wait.until()))) {
            step.dueAt = transition.now.plus(POLL_INTERVAL);
            step.changed = true;
          }
        }
        default -> {
          return false;
        }
      }
    } catch (ExpressionFailure | InvalidExpression e) {
      transition.finish(step, StepStatus.FAILED, message(e));
    }
    return true;
  }

  private void waitFor(StepState step, @Nullable Instant dueAt) {
    step.become(StepStatus.WAITING, transition.now);
    step.dueAt = dueAt;
    @Nullable Integer timeout = step.step.timeoutSeconds();
    step.expiresAt = timeout == null ? null : transition.now.plusSeconds(timeout);
  }

  private void startWait(StepState step, Action.Wait wait) {
    if (wait.seconds() != null) {
      waitFor(step, transition.now.plusSeconds(wait.seconds()));
      // A pause has no timeout.
      step.expiresAt = null;
    } else {
      waitFor(step, transition.now.plus(POLL_INTERVAL));
      evaluateCondition(step, String.valueOf(wait.until()));
    }
  }

  /**
   * Ends the step where the condition holds, or its moment has come; whether it did. A moment is
   * fixed when the step starts, and is its output: {@code now + duration('5m')} does not move.
   */
  private boolean evaluateCondition(StepState step, String until) {
    if (step.output != null) {
      if (step.dueAt == null || step.dueAt.isAfter(transition.now)) {
        return false;
      }
      transition.finish(step, StepStatus.SUCCEEDED, null);
      return true;
    }
    try {
      Instant moment =
          transition
              .context
              .expressions
              .waitCondition(transition.state.header.account(), until)
              .evaluateMoment(transition.evaluationContext());
      if (!moment.isAfter(transition.now)) {
        transition.finish(step, StepStatus.SUCCEEDED, null);
        return true;
      }
      if (!moment.equals(Instant.MAX)) {
        step.output = transition.context.values.write(Map.of("until", Timestamps.format(moment)));
        step.dueAt = moment;
        step.changed = true;
      }
      return false;
    } catch (ExpressionFailure | InvalidExpression e) {
      transition.finish(step, StepStatus.FAILED, message(e));
      return true;
    }
  }

  private boolean startAttempt(StepState step, Action.Http http) {
    if (!mayCall.getAsBoolean()) {
      awaitsCalls = true;
      return false;
    }
    EvaluationContext context = transition.evaluationContext();
    @Nullable Integer seconds = step.step.timeoutSeconds();
    RequestRenderer.Prepared prepared =
        transition.context.requests.prepare(
            http,
            context,
            Map.of("Idempotency-Key", idempotencyKey(step)),
            seconds == null
                ? REQUEST_TIMEOUT
                : Duration.ofSeconds(Math.min(seconds, Step.MAX_HTTP_SECONDS)));
    step.attempts++;
    step.become(StepStatus.RUNNING, transition.now);
    String request = http.method() + " " + JsonValues.storable(prepared.redactedUrl());
    transition.startAttempt(step, Strings.cut(request, MAX_REQUEST));
    transition.effects.add(
        new SideEffect.Request(step.step.key(), step.attempts, prepared.request()));
    return true;
  }

  /**
   * The same for every automatic retry, so that the server can recognize a repetition. A person's
   * retry of a step whose response is known starts a new round with a new key: a server that keeps
   * its responses by key would answer with the old failure.
   */
  private String idempotencyKey(StepState step) {
    String key = state.header.id() + ":" + step.step.key();
    return step.round == 1 ? key : key + ":" + step.round;
  }

  private void appendNote(StepState step, Action.Note note) {
    String whole = render(note.message(), transition.evaluationContext());
    String message = Strings.cut(whole, MAX_NOTE);
    if (message.isBlank()) {
      transition.finish(step, StepStatus.FAILED, "The note is empty");
      return;
    }
    boolean truncated = !message.equals(whole);
    step.output =
        transition.context.values.write(Map.of("message", message, "truncated", truncated));
    step.become(StepStatus.SUCCEEDED, transition.now);
    @Nullable UUID incident = state.header.incidentId();
    if (incident != null) {
      transition.effects.add(
          new SideEffect.AppendEvent(
              transition.context.events.note(incident, state, step, message, truncated)));
    }
  }

  private void changeIncident(StepState step, Action.ChangeIncident change) {
    @Nullable UUID incident = state.header.incidentId();
    if (incident == null) {
      transition.finish(step, StepStatus.FAILED, "The execution has no incident to change");
      return;
    }
    EvaluationContext context = transition.evaluationContext();
    @Nullable String owner =
        change.owner() == null
            ? null
            : renderForStorage("The owner", change.owner(), context, MAX_OWNER);
    if (owner != null && owner.isBlank()) {
      transition.finish(step, StepStatus.FAILED, "The owner is empty");
      return;
    }
    Map<String, String> labels = new HashMap<>();
    change
        .labels()
        .forEach(
            (name, value) -> {
              String text = renderForStorage("The label " + name, value, context, MAX_LABEL);
              // A label without a value is no label.
              if (!text.isBlank()) {
                labels.put(name, text);
              }
            });
    ChangeIncident command =
        ChangeIncident.ofRunbook(
            new IncidentRef.ById(incident),
            change.severity(),
            owner,
            labels,
            change.status(),
            "The runbook %s".formatted(state.definition.name()));
    changesIncident = true;
    if (change.changesFields()) {
      transition.effects.add(new SideEffect.IncidentChange(step.step.key(), command));
    }
    if (change.mitigated()) {
      transition.effects.add(
          new SideEffect.Mitigation(
              step.step.key(), incident, "The runbook %s".formatted(state.definition.name())));
    }
    transition.finish(step, StepStatus.SUCCEEDED, null);
  }

  private void startChild(StepState step, Action.RunRunbook run) {
    if (state.header.depth() >= MAX_DEPTH) {
      transition.finish(
          step, StepStatus.FAILED, "Runbooks may be nested at most %d deep".formatted(MAX_DEPTH));
      return;
    }
    EvaluationContext context = transition.evaluationContext();
    Map<String, Object> inputs = new HashMap<>();
    run.inputs()
        .forEach(
            (name, value) ->
                inputs.put(
                    name, value instanceof String text ? renderInput(name, text, context) : value));
    waitFor(step, null);
    UUID child = transition.context.ids.get();
    step.child = child;
    step.childStatus = ExecutionStatus.RUNNING;
    transition.effects.add(new SideEffect.StartChild(step.step.key(), child, run, inputs));
  }

  /** A template that is one expression keeps the type of its value. */
  private RunbookInput.Rendered renderInput(
      String name, String template, EvaluationContext context) {
    String text = renderForStorage("The input " + name, template, context, MAX_INPUT);
    Template.@Nullable TypedValue typed =
        transition.context.expressions.template(context.account(), template).evaluate(context);
    return new RunbookInput.Rendered(typed == null ? text : typed.value(), text);
  }

  private boolean recheckChild(StepState step, UUID child) {
    @Nullable ExecutionStatus status = step.childStatus;
    if (status == null || !status.isFinished()) {
      return false;
    }
    step.output =
        transition.context.values.write(
            Map.of("execution_id", child.toString(), "status", status.value()));
    if (status == ExecutionStatus.SUCCEEDED) {
      transition.finish(step, StepStatus.SUCCEEDED, null);
    } else {
      transition.finish(step, StepStatus.FAILED, "The child execution " + ended(status));
    }
    return true;
  }

  private static String ended(ExecutionStatus status) {
    return status == ExecutionStatus.CANCELLED ? "was cancelled" : status.value();
  }

  /**
   * Renders a text that is stored, with secrets redacted.
   *
   * @param what names the text in the error
   * @throws ExpressionFailure if it is too long: it is not cut silently
   */
  private String renderForStorage(
      String what, String template, EvaluationContext context, int maxLength) {
    String text = render(template, context);
    int length = text.codePointCount(0, text.length());
    if (length > maxLength) {
      throw new ExpressionFailure(
          "%s has %,d characters; at most %,d are allowed".formatted(what, length, maxLength));
    }
    return text;
  }

  private String render(String template, EvaluationContext context) {
    return Strings.normalize(
        JsonValues.storable(
            transition
                .context
                .expressions
                .template(context.account(), template)
                .renderRedacted(context)));
  }

  private static String message(RuntimeException e) {
    return JsonValues.storable(String.valueOf(e.getMessage()));
  }
}
