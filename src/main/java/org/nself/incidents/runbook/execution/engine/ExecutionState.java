package org.nself.incidents.runbook.execution.engine;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.OnFailure;
import org.nself.incidents.web.input.RawJson;

/** An execution and its steps while a worker processes them. Confined to one thread. */
public final class ExecutionState {

  /** The outputs of the steps of one execution, which are read together each time it continues. */
  static final long MAX_OUTPUT_BYTES = 1 << 20;

  /** The outputs that an execution keeps in memory while it waits, in characters. */
  private static final int MAX_KEPT_CHARACTERS = 16 * 1024;

  /**
   * The part that stays constant while one worker holds the lease.
   *
   * @param runbookKey null for none
   * @param incidentId null for none
   * @param parentId the execution one of whose steps runs this one; null for none
   * @param parentStep the key of that step
   * @param depth the number of executions above it
   * @param fencingToken raised by each claim; a worker with an older one can write nothing
   * @param changeCount raised by each change from outside the worker
   */
  public record Header(
      String account,
      UUID id,
      UUID runbookId,
      @Nullable String runbookKey,
      int runbookVersion,
      @Nullable UUID incidentId,
      @Nullable UUID parentId,
      @Nullable String parentStep,
      int depth,
      RawJson inputs,
      String startedBy,
      long fencingToken,
      long changeCount) {}

  /**
   * A recorded attempt without a recorded end.
   *
   * @param fencingToken of the worker that started it
   */
  public record OpenAttempt(String step, int number, long fencingToken) {}

  public final Header header;
  public final Definition definition;
  public ExecutionStatus status;
  @Nullable public PendingOutcome pendingOutcome;
  @Nullable public String cancelledBy;
  @Nullable public String reason;

  /** Whether the parent's step no longer waits for it. */
  public final boolean abandoned;

  public final List<OpenAttempt> openAttempts;

  private final Map<String, StepState> steps = new LinkedHashMap<>();

  /**
   * @param steps in the order of the definition
   */
  public ExecutionState(
      Header header,
      Definition definition,
      ExecutionStatus status,
      @Nullable PendingOutcome pendingOutcome,
      boolean abandoned,
      List<OpenAttempt> openAttempts,
      Collection<StepState> steps) {
    this.header = header;
    this.definition = definition;
    this.status = status;
    this.pendingOutcome = pendingOutcome;
    this.abandoned = abandoned;
    this.openAttempts = openAttempts;
    steps.forEach(step -> this.steps.put(step.step.key(), step));
  }

  /** A new execution: every step is pending. */
  public static ExecutionState of(Header header, Definition definition) {
    return new ExecutionState(
        header,
        definition,
        ExecutionStatus.RUNNING,
        null,
        false,
        List.of(),
        definition.steps().stream().map(StepState::new).toList());
  }

  public ExecutionState copy() {
    ExecutionState copy =
        new ExecutionState(
            header,
            definition,
            status,
            pendingOutcome,
            abandoned,
            openAttempts,
            steps().stream().map(StepState::copy).toList());
    copy.cancelledBy = cancelledBy;
    copy.reason = reason;
    return copy;
  }

  /** The actor of what the runbook does by itself. */
  public String actor() {
    return actor(header.runbookKey(), header.runbookId());
  }

  /**
   * @param key of the runbook; null for none
   */
  public static String actor(@Nullable String key, UUID runbookId) {
    return "runbook:" + (key == null ? runbookId : key);
  }

  public Collection<StepState> steps() {
    return steps.values();
  }

  @Nullable StepState step(String key) {
    return steps.get(key);
  }

  /**
   * Why a step cannot store an output; null where it can. A transition is only written where
   * nothing has changed since its state was read, so the sum is that of the rows.
   */
  @Nullable String outputRejection(StepState step, RawJson output) {
    long others =
        steps().stream()
            .filter(other -> other != step && other.output != null)
            .mapToLong(other -> bytes(Objects.requireNonNull(other.output)))
            .sum();
    return others + bytes(output) <= MAX_OUTPUT_BYTES
        ? null
        : "has %,d bytes; the outputs of an execution have at most %,d in all, and the others have %,d"
            .formatted(bytes(output), MAX_OUTPUT_BYTES, others);
  }

  /** Whether the outputs of the steps take so much memory and time that few may be used at once. */
  public boolean hasLargeOutputs() {
    return steps().stream()
            .mapToInt(step -> step.output == null ? 0 : step.output.text().length())
            .sum()
        > MAX_KEPT_CHARACTERS;
  }

  /**
   * Forgets the outputs of the steps where they are large: an execution that only waits must not
   * hold them in memory.
   *
   * @return whether it did, so that the state has to be read again before it is used
   */
  public boolean forgetLargeOutputs() {
    boolean large = hasLargeOutputs();
    if (large) {
      steps().forEach(step -> step.output = null);
    }
    return large;
  }

  private static long bytes(RawJson json) {
    return json.text().getBytes(StandardCharsets.UTF_8).length;
  }

  boolean any(StepStatus status) {
    return steps().stream().anyMatch(step -> step.status == status);
  }

  /** Whether the steps that depend on it may start. */
  boolean isDone(String key) {
    @Nullable StepState step = steps.get(key);
    return step == null
        || step.status == StepStatus.SUCCEEDED
        || step.status == StepStatus.SKIPPED
        || (step.status.isFailure() && step.step.onFailure() == OnFailure.CONTINUE);
  }

  /** Whether a step with {@code on_failure: stop} has failed. */
  boolean hasFailed() {
    return steps().stream()
        .anyMatch(step -> step.status.isFailure() && step.step.onFailure() == OnFailure.STOP);
  }

  /** Whether a step waits for a condition over the incident. */
  public boolean awaitsIncident() {
    return steps().stream()
        .anyMatch(
            step ->
                step.status == StepStatus.WAITING
                    && step.step.waitAction() != null
                    && step.step.waitAction().until() != null);
  }
}
