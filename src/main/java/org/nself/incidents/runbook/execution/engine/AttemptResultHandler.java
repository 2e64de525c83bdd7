package org.nself.incidents.runbook.execution.engine;

import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.outbound.OutboundResponse;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Idempotence;
import org.nself.incidents.runbook.definition.Retry;

/** Records what came of attempts, and says what that means for their steps. */
public final class AttemptResultHandler {

  /** A step that ends its process so often would do so for ever. */
  static final int MAX_INTERRUPTIONS = 10;

  private static final int MIN_SUCCESS = 200;
  private static final int MAX_SUCCESS = 299;

  private final ExecutionTransition work;
  private final ExecutionState state;

  public AttemptResultHandler(ExecutionTransition work) {
    this.work = work;
    this.state = work.state;
  }

  /** Closes what processes before this one left open. */
  public void recover() {
    Set<String> own = new HashSet<>();
    for (ExecutionState.OpenAttempt open : state.open) {
      if (open.fence() == state.head.fencingToken()) {
        own.add(open.step());
      } else {
        closeAttempt(open.step(), open.number(), AttemptOutcome.INTERRUPTED, "Its process ended");
      }
    }
    state.steps().stream()
        .filter(step -> step.status == StepStatus.RUNNING && !own.contains(step.step.key()))
        .forEach(this::interrupted);
  }

  private void interrupted(StepState step) {
    step.interruptions++;
    if (step.step.effect() == Idempotence.UNSAFE) {
      work.markUncertain(step, "Its process ended while it was done; nobody knows whether it was");
    } else if (step.interruptions >= MAX_INTERRUPTIONS) {
      work.markUncertain(
          step,
          "Its process ended each of the %d times that it was tried".formatted(step.interruptions));
    } else {
      scheduleRetry(step, work.now);
    }
  }

  public void apply(AttemptResult result) {
    @Nullable StepState step = state.step(result.step());
    if (step == null || step.status != StepStatus.RUNNING || step.attempts != result.number()) {
      return;
    }
    switch (result) {
      case AttemptResult.Responded answered -> answered(step, answered);
      case AttemptResult.Failed unanswered -> onFailure(step, unanswered);
      case AttemptResult.NotSent(String key, int number) -> {
        closeAttempt(
            key,
            number,
            AttemptOutcome.NOT_SENT,
            "The process was not sure to have the execution, so nothing was sent");
        scheduleRetry(step, work.now);
      }
    }
  }

  private void answered(StepState step, AttemptResult.Responded answered) {
    OutboundResponse answer = answered.answer();
    Action.Http http = Objects.requireNonNull(step.step.http());
    String body = JsonValues.storable(work.tools.secrets().mask(answer.body()));
    String excerpt = ExecutionEventFactory.excerpt(body);
    @Nullable String fault =
        expected(http, answer.status()) ? null : "The answer was " + answer.status();
    if (fault == null) {
      fault = storeOutput(step, http, body, answer.truncated());
    }
    AttemptOutcome outcome = fault == null ? AttemptOutcome.SUCCEEDED : AttemptOutcome.FAILED;
    work.attempts.add(
        new AttemptRow(
            step.step.key(),
            answered.number(),
            outcome,
            null,
            answer.status(),
            excerpt.isEmpty() ? null : excerpt,
            fault,
            null,
            work.now));
    Map<String, @Nullable Object> evidence = new LinkedHashMap<>();
    evidence.put("http_status", answer.status());
    evidence.put("duration_ms", answer.took().toMillis());
    evidence.put("excerpt", excerpt.isEmpty() ? null : excerpt);
    if (fault == null) {
      work.finish(step, StepStatus.SUCCEEDED, null, evidence, state.origin.actor());
    } else {
      failed(step, StepStatus.FAILED, fault, evidence);
    }
  }

  private static boolean expected(Action.Http http, int status) {
    List<Integer> expected = http.expectStatus();
    return expected.isEmpty()
        ? status >= MIN_SUCCESS && status <= MAX_SUCCESS
        : expected.contains(status);
  }

  /** What is wrong with the answer's body; null where it was kept. */
  private @Nullable String storeOutput(
      StepState step, Action.Http http, String body, boolean truncated) {
    @Nullable String path = http.outputPath();
    @Nullable Object value = truncated ? body : work.tools.values().readOrKeep(body);
    if (path != null) {
      value = Pointer.find(value, path);
      if (value == null) {
        return truncated
            ? "The answer is too long to be read as JSON"
            : "The answer has nothing at " + path;
      }
    }
    step.output = value == null ? null : work.tools.values().writeForeign(value);
    return null;
  }

  private void onFailure(StepState step, AttemptResult.Failed unanswered) {
    AttemptOutcome outcome =
        switch (unanswered.kind()) {
          case BLOCKED, NOT_SENT, ABORTED -> AttemptOutcome.NOT_SENT;
          case TIMED_OUT -> AttemptOutcome.TIMED_OUT;
          case CONNECTION_LOST -> AttemptOutcome.UNKNOWN;
        };
    String message = JsonValues.storable(work.tools.secrets().mask(unanswered.message()));
    closeAttempt(unanswered.step(), unanswered.number(), outcome, message);
    switch (unanswered.kind()) {
      case BLOCKED -> work.finish(step, StepStatus.FAILED, message);
      case NOT_SENT, ABORTED -> failed(step, StepStatus.FAILED, message, Map.of());
      case TIMED_OUT, CONNECTION_LOST -> {
        if (step.step.effect() == Idempotence.UNSAFE) {
          work.markUncertain(step, message + "; nobody knows whether it was done");
        } else {
          failed(
              step,
              outcome == AttemptOutcome.TIMED_OUT ? StepStatus.TIMED_OUT : StepStatus.FAILED,
              message,
              Map.of());
        }
      }
    }
  }

  private void failed(
      StepState step,
      StepStatus status,
      String error,
      Map<String, ? extends @Nullable Object> evidence) {
    step.failures++;
    @Nullable Retry retry = step.step.retry();
    if (retry == null || step.failures >= retry.maxAttempts() || state.ending != null) {
      work.finish(step, status, error, evidence, state.origin.actor());
      return;
    }
    step.error = error;
    scheduleRetry(step, work.now.plusSeconds(backoff(retry, step.failures)));
  }

  private static long backoff(Retry retry, int failures) {
    long doubled = (long) retry.backoffSeconds() << Math.min(failures - 1, 30);
    return Math.min(doubled, retry.maxBackoffSeconds());
  }

  private void scheduleRetry(StepState step, Instant at) {
    step.become(StepStatus.WAITING, work.now);
    step.dueAt = at;
  }

  private void closeAttempt(
      String step, int number, AttemptOutcome outcome, @Nullable String error) {
    work.attempts.add(AttemptRow.ended(step, number, outcome, error, work.now));
  }
}
