package org.nself.incidents.runbook.execution.engine;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.expression.SecretMask;
import org.nself.incidents.outbound.OutboundResponse;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.Idempotence;
import org.nself.incidents.runbook.definition.Retry;
import org.nself.incidents.web.input.RawJson;
import tools.jackson.core.JsonPointer;

/** Records the results of attempts, and decides what they mean for their steps. */
public final class AttemptResultHandler {

  /** A step that crashes its worker this often would do so for ever; a person decides. */
  static final int MAX_INTERRUPTIONS = 10;

  private static final Set<Integer> RETRY_AFTER_STATUSES = Set.of(429, 503);
  private static final int MIN_SUCCESS = 200;

  /** Masking a longer body can take many milliseconds, if its escapes are nested. */
  private static final int MAX_INLINE_LENGTH = 4 * 1024;

  private static final int MAX_SUCCESS = 299;

  private final ExecutionTransition transition;
  private final ExecutionState state;

  public AttemptResultHandler(ExecutionTransition transition) {
    this.transition = transition;
    this.state = transition.state;
  }

  /** Closes the attempts that earlier workers left open. */
  public void recover() {
    Set<String> own = new HashSet<>();
    for (ExecutionState.OpenAttempt open : state.openAttempts) {
      if (open.fencingToken() == state.header.fencingToken()) {
        own.add(open.step());
      } else {
        transition.closeAttempt(
            open.step(),
            open.number(),
            AttemptOutcome.INTERRUPTED,
            "Worker died during the attempt");
      }
    }
    state.steps().stream()
        .filter(step -> step.status == StepStatus.RUNNING && !own.contains(step.step.key()))
        .forEach(this::interrupted);
  }

  private void interrupted(StepState step) {
    step.interruptions++;
    if (step.step.effect() == Idempotence.UNSAFE) {
      transition.markUncertain(step, "Worker died during the attempt; outcome unknown");
    } else if (step.interruptions >= MAX_INTERRUPTIONS) {
      transition.markUncertain(
          step, "Workers died during %d attempts at this step".formatted(step.interruptions));
    } else {
      scheduleRetry(step, transition.now);
    }
  }

  /** A result of an attempt other than the current one is ignored. */
  public void apply(AttemptResult result) {
    @Nullable StepState step = state.step(result.step());
    if (step == null || step.status != StepStatus.RUNNING || step.attempts != result.number()) {
      return;
    }
    switch (result) {
      case AttemptResult.Responded responded -> onResponse(step, responded);
      case AttemptResult.Failed failed -> onFailure(step, failed);
      case AttemptResult.NotSent(String key, int number) -> {
        transition.closeAttempt(
            key,
            number,
            AttemptOutcome.NOT_SENT,
            "Not sent: the worker could not confirm its lease");
        scheduleRetry(step, transition.now);
      }
    }
  }

  private void onResponse(StepState step, AttemptResult.Responded responded) {
    OutboundResponse response = responded.response();
    Action.Http http = Objects.requireNonNull(step.step.http());
    @Nullable String error =
        isExpected(http, response.status()) ? null : "HTTP status " + response.status();
    Masked masked = masked(response, error == null);
    String excerpt = ExecutionEventFactory.excerpt(masked.body(), response.truncated());
    if (error == null) {
      error = storeOutput(step, http, response, masked.value());
    }
    transition.closeAttempt(
        step.step.key(),
        responded.number(),
        error == null ? AttemptOutcome.SUCCEEDED : AttemptOutcome.FAILED,
        response.status(),
        excerpt.isEmpty() ? null : excerpt,
        error);
    Map<String, @Nullable Object> details = new LinkedHashMap<>();
    details.put("http_status", response.status());
    details.put("duration_ms", response.took().toMillis());
    details.put("excerpt", excerpt.isEmpty() ? null : excerpt);
    details.put("truncated", response.truncated() ? true : null);
    if (error == null) {
      transition.finish(step, StepStatus.SUCCEEDED, null, details, state.actor());
    } else {
      failAttempt(step, StepStatus.FAILED, error, details, retryAfterSeconds(response));
    }
  }

  /**
   * What the server asks to wait for in {@code Retry-After} (RFC 9110 section 10.2.3), with the
   * statuses for which that is defined; 0 for nothing.
   */
  private long retryAfterSeconds(OutboundResponse response) {
    @Nullable String value = response.headers().get("retry-after");
    if (value == null || !RETRY_AFTER_STATUSES.contains(response.status())) {
      return 0;
    }
    if (value.strip().matches("[0-9]{1,9}")) {
      return Long.parseLong(value.strip());
    }
    try {
      Instant at = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(value.strip()));
      return Math.max(0, Duration.between(transition.now, at).toSeconds() + 1);
    } catch (DateTimeException e) {
      return 0;
    }
  }

  /** Masks every secret of the definition: a server can know one that another step sent to it. */
  private SecretMask mask() {
    return transition.context.requests.mask(state.definition, state.header.account());
  }

  private static boolean isExpected(Action.Http http, int status) {
    List<Integer> expected = http.expectStatus();
    return expected.isEmpty()
        ? status >= MIN_SUCCESS && status <= MAX_SUCCESS
        : expected.contains(status);
  }

  /**
   * What a server sent, without secrets.
   *
   * @param value of the body where that is JSON, else the body; null if it was not asked for
   */
  private record Masked(String body, @Nullable Object value) {}

  /**
   * Masks a response. JSON is masked after it is parsed: the escapes in it are decoded then, and
   * the values stay what they are.
   */
  private Masked masked(OutboundResponse response, boolean withValue) {
    SecretMask mask = mask();
    JsonValues values = transition.context.values;
    Supplier<Masked> task =
        () -> {
          String body =
              JsonValues.storable(
                  response.truncated()
                      ? mask.maskTruncated(response.body())
                      : mask.mask(response.body()));
          if (!withValue) {
            return new Masked(body, null);
          }
          // A part of a response must not be taken for the whole.
          return new Masked(
              body,
              response.truncated()
                  ? Map.of("truncated", true, "text", body)
                  : values.readForeign(response.body(), body, mask::mask));
        };
    return response.body().length() <= MAX_INLINE_LENGTH
        ? task.get()
        : transition.context.requests.compute(state.header.account(), task);
  }

  /**
   * Keeps the response body, or the part at the output path.
   *
   * @param masked the body
   * @return why it could not; null where it could
   */
  private @Nullable String storeOutput(
      StepState step, Action.Http http, OutboundResponse response, @Nullable Object masked) {
    JsonValues values = transition.context.values;
    @Nullable String path = http.outputPath();
    @Nullable Object value = masked;
    if (path != null) {
      value = response.truncated() ? null : JsonValues.at(value, JsonPointer.compile(path));
      if (value == null) {
        return response.truncated()
            ? "The response is too long to be read as JSON"
            : "The response has no value at " + path;
      }
    }
    if (value == null) {
      step.output = null;
      return null;
    }
    RawJson output = values.writeForeign(value);
    @Nullable String rejection = state.outputRejection(step, output);
    if (rejection != null) {
      return "The output " + rejection;
    }
    step.output = output;
    return null;
  }

  private void onFailure(StepState step, AttemptResult.Failed failed) {
    AttemptOutcome outcome =
        switch (failed.kind()) {
          case BLOCKED, NOT_SENT, ABORTED -> AttemptOutcome.NOT_SENT;
          case TIMED_OUT -> AttemptOutcome.TIMED_OUT;
          case CONNECTION_LOST -> AttemptOutcome.UNKNOWN;
        };
    String message = JsonValues.storable(mask().mask(failed.message()));
    transition.closeAttempt(failed.step(), failed.number(), outcome, message);
    switch (failed.kind()) {
      case BLOCKED -> transition.finish(step, StepStatus.FAILED, message);
      case NOT_SENT, ABORTED -> failAttempt(step, StepStatus.FAILED, message, Map.of(), 0);
      case TIMED_OUT, CONNECTION_LOST -> {
        if (step.step.effect() == Idempotence.UNSAFE) {
          transition.markUncertain(step, message + "; outcome unknown");
        } else {
          failAttempt(
              step,
              outcome == AttemptOutcome.TIMED_OUT ? StepStatus.TIMED_OUT : StepStatus.FAILED,
              message,
              Map.of(),
              0);
        }
      }
    }
  }

  /**
   * Schedules the next attempt; where there is none left, the step gets the status.
   *
   * @param atLeastSeconds how long to wait at least, within the limit of the step
   */
  private void failAttempt(
      StepState step,
      StepStatus status,
      String error,
      Map<String, ? extends @Nullable Object> details,
      long atLeastSeconds) {
    step.failures++;
    @Nullable Retry retry = step.step.retry();
    if (retry == null || step.failures >= retry.maxAttempts() || state.pendingOutcome != null) {
      transition.finish(step, status, error, details, state.actor());
      return;
    }
    step.error = error;
    long wait =
        Math.min(
            Math.max(backoff(retry, step.failures), atLeastSeconds), retry.maxBackoffSeconds());
    scheduleRetry(step, transition.now.plusSeconds(wait));
  }

  private static long backoff(Retry retry, int failures) {
    long doubled = (long) retry.backoffSeconds() << Math.min(failures - 1, 30);
    return Math.min(doubled, retry.maxBackoffSeconds());
  }

  private void scheduleRetry(StepState step, Instant at) {
    step.become(StepStatus.WAITING, transition.now);
    step.dueAt = at;
  }
}
