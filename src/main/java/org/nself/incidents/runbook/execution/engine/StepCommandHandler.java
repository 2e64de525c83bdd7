package org.nself.incidents.runbook.execution.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.ApproverRole;
import org.nself.incidents.runbook.definition.StepKind;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Role;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.RawJson;

/** Applies a person's command to a step: whether it is allowed, and what changes. */
public final class StepCommandHandler {

  private final ExecutionTransition transition;
  private final ExecutionState state;
  private final Caller caller;

  public StepCommandHandler(ExecutionTransition transition, Caller caller) {
    this.transition = transition;
    this.state = transition.state;
    this.caller = caller;
  }

  /**
   * @param decisions those recorded for the step so far, oldest first; read for {@link
   *     StepCommand.Decide} only
   * @param unanswered whether the last request that may have been sent has no known response; read
   *     for {@link StepCommand.Retry} only
   * @throws ApiException {@code not_found}, where the execution has no such step; {@code conflict},
   *     where the step's status does not allow it; {@code forbidden}, where the caller is not
   *     allowed to decide
   */
  public void apply(StepCommand command, List<Decision> decisions, boolean unanswered) {
    @Nullable StepState step = state.step(command.step());
    if (step == null) {
      throw ApiException.notFound("Step");
    }
    if (state.status.isFinal() || state.pendingOutcome == PendingOutcome.CANCELLED) {
      throw ApiException.conflict(
          "The execution %s; its steps can no longer be changed"
              .formatted(
                  state.status.isFinished() ? state.status.asPredicate() : "is being cancelled"));
    }
    switch (command) {
      case StepCommand.Complete complete -> complete(step, complete);
      case StepCommand.Skip skip -> skip(step, skip);
      case StepCommand.Retry retry -> retry(step, retry, unanswered);
      case StepCommand.Decide decide -> decide(step, decide, decisions);
    }
  }

  private void complete(StepState step, StepCommand.Complete command) {
    rejectIfApproval(step);
    boolean waitsForPerson =
        step.status == StepStatus.WAITING && step.step.kind() == StepKind.MANUAL;
    if (!waitsForPerson && step.status != StepStatus.UNCERTAIN) {
      throw conflict(step, "completed");
    }
    @Nullable RawJson output = command.output();
    @Nullable String rejection = output == null ? null : state.outputRejection(step, output);
    if (rejection != null) {
      throw ApiException.invalid("output", rejection);
    }
    step.output = output;
    end(step, StepStatus.SUCCEEDED, command.note());
  }

  private void skip(StepState step, StepCommand.Skip command) {
    rejectIfApproval(step);
    if (step.status != StepStatus.PENDING
        && step.status != StepStatus.WAITING
        && step.status != StepStatus.UNCERTAIN
        && !failedExecution(step)) {
      throw conflict(step, "skipped");
    }
    if (step.child != null && step.childStatus != null && !step.childStatus.isFinished()) {
      transition.abandonedChildren.add(step.child);
    }
    end(step, StepStatus.SKIPPED, command.note());
  }

  /**
   * Where another step has failed the execution, resolving an uncertain one does not resume it;
   * retrying or skipping the failed one does.
   */
  private void end(StepState step, StepStatus status, @Nullable String note) {
    boolean resumes =
        step.status != StepStatus.UNCERTAIN || state.pendingOutcome != PendingOutcome.FAILED;
    step.note = note;
    step.actor = caller.actor();
    transition.finish(step, status, null, Map.of(), caller.actor());
    if (resumes) {
      resume();
    }
  }

  private void retry(StepState step, StepCommand.Retry command, boolean unanswered) {
    if (step.status != StepStatus.UNCERTAIN && !failedExecution(step)) {
      throw conflict(step, "retried");
    }
    // The server may have done the unanswered request: it recognizes a repetition by the key of the
    // round.
    step.reset(!unanswered);
    step.actor = caller.actor();
    step.note = command.note();
    transition.recordStepEvent(step, Map.of("round", step.round), caller.actor());
    resume();
  }

  /** Whether the execution failed because of the step, or is about to. */
  private boolean failedExecution(StepState step) {
    return step.status.isFailure()
        && (state.status == ExecutionStatus.FAILED
            || state.pendingOutcome == PendingOutcome.FAILED);
  }

  /** Resumes the execution; the steps that its failure cancelled are pending again. */
  private void resume() {
    if (state.pendingOutcome == PendingOutcome.FAILED) {
      state.pendingOutcome = null;
      state.steps().stream()
          .filter(step -> step.status == StepStatus.CANCELLED)
          .forEach(step -> step.reset(true));
    }
    state.status = ExecutionStatus.RUNNING;
  }

  private void decide(StepState step, StepCommand.Decide command, List<Decision> decisions) {
    if (!(step.step.action() instanceof Action.Approval approval)) {
      throw ApiException.conflict("The step %s is not an approval".formatted(step.step.key()));
    }
    if (step.status != StepStatus.WAITING) {
      throw conflict(step, "decided");
    }
    requireApprover(approval);
    List<Decision> ofRound =
        decisions.stream().filter(decision -> decision.round() == step.round).toList();
    if (ofRound.stream().anyMatch(decision -> decision.actor().equals(caller.actor()))) {
      throw alreadyDecided(caller.actor());
    }
    Decision decision =
        new Decision(
            command.verdict(),
            caller.actor(),
            caller.role().value(),
            command.reason(),
            step.round,
            transition.now);
    transition.decisions.put(step.step.key(), decision);
    if (state.header.incidentId() != null) {
      transition.effects.add(
          new SideEffect.AppendEvent(
              transition.context.events.decided(state.header.incidentId(), state, step, decision)));
    }
    if (command.verdict() == ApprovalDecision.REJECT) {
      transition.finish(
          step,
          StepStatus.FAILED,
          "Rejected by %s".formatted(caller.actor())
              + (command.reason() == null ? "" : ": " + command.reason()));
      return;
    }
    List<String> approvedBy = new ArrayList<>();
    ofRound.stream()
        .filter(earlier -> earlier.verdict() == ApprovalDecision.APPROVE)
        .forEach(earlier -> approvedBy.add(earlier.actor()));
    approvedBy.add(caller.actor());
    if (approvedBy.size() >= approval.quorum()) {
      step.output = transition.context.values.write(Map.of("approved_by", approvedBy));
      transition.finish(step, StepStatus.SUCCEEDED, null);
      state.status = ExecutionStatus.RUNNING;
    }
  }

  private void requireApprover(Action.Approval approval) {
    if (!approval.approvers().contains(approverRole(caller.role()))) {
      throw ApiException.forbidden(
          "The role %s cannot decide this approval; it needs %s"
              .formatted(
                  caller.role().value(),
                  String.join(
                      ", ",
                      approval.approvers().stream()
                          .map(role -> role.name().toLowerCase(Locale.ROOT))
                          .toList())));
    }
    if (approval.notRequester() && caller.actor().equals(state.header.startedBy())) {
      throw ApiException.forbidden(
          "%s started the execution and cannot decide this approval; another approver is required"
              .formatted(caller.actor()));
    }
  }

  /** One person decides once in a round. */
  public static ApiException alreadyDecided(String actor) {
    return ApiException.conflict(
        "%s has already decided; another approver is required".formatted(actor));
  }

  /** Null where the role cannot decide. */
  private static @Nullable ApproverRole approverRole(Role role) {
    return switch (role) {
      case VIEWER -> null;
      case USER -> ApproverRole.USER;
      case RESPONDER -> ApproverRole.RESPONDER;
      case ADMIN, SERVICE -> ApproverRole.ADMIN;
    };
  }

  /** Otherwise one person could bypass the quorum. */
  private static void rejectIfApproval(StepState step) {
    if (step.step.kind() == StepKind.APPROVAL) {
      throw ApiException.conflict(
          "The step %s is an approval; it can only be decided, or retried once it has failed"
              .formatted(step.step.key()));
    }
  }

  private static ApiException conflict(StepState step, String participle) {
    return ApiException.conflict(
        "The step %s is %s; it cannot be %s"
            .formatted(step.step.key(), step.status.value().replace('_', ' '), participle));
  }
}
