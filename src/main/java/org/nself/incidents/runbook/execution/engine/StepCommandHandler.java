package org.nself.incidents.runbook.execution.engine;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.Action;
import org.nself.incidents.runbook.definition.ApproverRole;
import org.nself.incidents.runbook.definition.StepKind;
import org.nself.incidents.runbook.execution.StepQueries;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Role;
import org.nself.incidents.web.error.ApiException;

/** What people do to steps: what of it is allowed, and what it means. */
public final class StepCommandHandler {

  private final StepQueries decisions;

  public StepCommandHandler(StepQueries decisions) {
    this.decisions = decisions;
  }

  /**
   * @throws ApiException {@code not_found}, where the execution has no such step; {@code conflict},
   *     where the step is not in a state for this; {@code forbidden}, where the person is not the
   *     one to decide
   */
  public void apply(
      TenantDatabase.Transaction transaction,
      ExecutionTransition work,
      Caller caller,
      StepCommand command) {
    @Nullable StepState step = work.state.step(command.step());
    if (step == null) {
      throw ApiException.notFound("Step");
    }
    if (work.state.status == ExecutionStatus.CANCELLED
        || work.state.status == ExecutionStatus.SUCCEEDED
        || work.state.ending == PendingOutcome.CANCELLED) {
      throw ApiException.conflict(
          "The execution is %s; its steps cannot be changed any more"
              .formatted(
                  work.state.status.isFinished() ? work.state.status.word() : "being cancelled"));
    }
    switch (command) {
      case StepCommand.Complete complete -> complete(work, step, caller, complete);
      case StepCommand.Skip skip -> skip(work, step, caller, skip);
      case StepCommand.Retry retry -> retry(work, step, caller, retry);
      case StepCommand.Decide decide -> decide(transaction, work, step, caller, decide);
    }
  }

  private static void complete(
      ExecutionTransition work, StepState step, Caller caller, StepCommand.Complete command) {
    rejectIfApproval(step);
    boolean waitsForAPerson =
        step.status == StepStatus.WAITING && step.step.kind() == StepKind.MANUAL;
    if (!waitsForAPerson && step.status != StepStatus.UNCERTAIN) {
      throw conflict(step, "completed");
    }
    step.output = command.output();
    end(work, step, StepStatus.SUCCEEDED, caller, command.note());
  }

  private static void skip(
      ExecutionTransition work, StepState step, Caller caller, StepCommand.Skip command) {
    rejectIfApproval(step);
    if (step.status != StepStatus.PENDING
        && step.status != StepStatus.WAITING
        && step.status != StepStatus.UNCERTAIN
        && !stopped(work, step)) {
      throw conflict(step, "skipped");
    }
    if (step.child != null && step.childStatus != null && !step.childStatus.isFinished()) {
      work.unwanted.add(step.child);
    }
    end(work, step, StepStatus.SKIPPED, caller, command.note());
  }

  /**
   * Where another step has stopped the execution, saying what became of an uncertain one brings
   * nothing back: that is for who retries or skips the one that failed.
   */
  private static void end(
      ExecutionTransition work,
      StepState step,
      StepStatus status,
      Caller caller,
      @Nullable String note) {
    boolean tellsOnly =
        step.status == StepStatus.UNCERTAIN && work.state.ending == PendingOutcome.FAILED;
    step.note = note;
    step.actor = caller.actor();
    work.finish(step, status, null, Map.of(), caller.actor());
    if (!tellsOnly) {
      resume(work.state);
    }
  }

  private static void retry(
      ExecutionTransition work, StepState step, Caller caller, StepCommand.Retry command) {
    if (step.status != StepStatus.UNCERTAIN && !stopped(work, step)) {
      throw conflict(step, "retried");
    }
    step.reset();
    step.actor = caller.actor();
    step.note = command.note();
    work.recordStepEvent(step, Map.of("round", step.round), caller.actor());
    resume(work.state);
  }

  /** Whether the execution failed because of it, or fails now. */
  private static boolean stopped(ExecutionTransition work, StepState step) {
    return step.status.isFailure()
        && (work.state.status == ExecutionStatus.FAILED
            || work.state.ending == PendingOutcome.FAILED);
  }

  /** Has the execution go on; what was given up because it failed comes up again. */
  private static void resume(ExecutionState state) {
    if (state.ending == PendingOutcome.FAILED) {
      state.ending = null;
      state.steps().stream()
          .filter(step -> step.status == StepStatus.CANCELLED)
          .forEach(StepState::reset);
    }
    state.status = ExecutionStatus.RUNNING;
  }

  private void decide(
      TenantDatabase.Transaction transaction,
      ExecutionTransition work,
      StepState step,
      Caller caller,
      StepCommand.Decide command) {
    if (!(step.step.action() instanceof Action.Approval approval)) {
      throw ApiException.conflict("The step %s is no approval".formatted(step.step.key()));
    }
    if (step.status != StepStatus.WAITING) {
      throw conflict(step, "decided");
    }
    if (!approval.approvers().contains(approver(caller.role()))) {
      throw ApiException.forbidden(
          "The role %s does not decide this; it is for %s"
              .formatted(
                  caller.role().value(),
                  String.join(
                      ", ",
                      approval.approvers().stream()
                          .map(who -> who.name().toLowerCase(java.util.Locale.ROOT))
                          .toList())));
    }
    ExecutionState state = work.state;
    if (approval.notRequester() && caller.actor().equals(state.head.startedBy())) {
      throw ApiException.forbidden("Whoever started the execution does not decide this; others do");
    }
    Decision decision =
        new Decision(
            command.verdict(),
            caller.actor(),
            caller.role().value(),
            command.reason(),
            step.round,
            work.now);
    if (!decisions.decide(transaction, state.head.id(), step.step.key(), decision)) {
      throw ApiException.conflict(
          "%s has decided already; it takes others".formatted(caller.actor()));
    }
    if (state.head.incidentId() != null) {
      work.effects.add(
          new SideEffect.AppendEvent(
              work.tools.evidence().decided(state.head.incidentId(), state, step, decision)));
    }
    if (command.verdict() == ApprovalDecision.REJECT) {
      work.finish(
          step,
          StepStatus.FAILED,
          "Rejected by %s".formatted(caller.actor())
              + (command.reason() == null ? "" : ": " + command.reason()));
      return;
    }
    List<String> approvedBy =
        decisions.approvals(transaction, state.head.id(), step.step.key(), step.round);
    if (approvedBy.size() >= approval.quorum()) {
      step.output = work.tools.values().write(Map.of("approved_by", approvedBy));
      work.finish(step, StepStatus.SUCCEEDED, null);
      state.status = ExecutionStatus.RUNNING;
    }
  }

  /** Null where the role decides nothing. */
  private static @Nullable ApproverRole approver(Role role) {
    return switch (role) {
      case VIEWER -> null;
      case USER -> ApproverRole.USER;
      case RESPONDER -> ApproverRole.RESPONDER;
      case ADMIN, SERVICE -> ApproverRole.ADMIN;
    };
  }

  /** Else one person could take the place of those who are to approve. */
  private static void rejectIfApproval(StepState step) {
    if (step.step.kind() == StepKind.APPROVAL) {
      throw ApiException.conflict(
          "The step %s is an approval: it can be decided, or retried once it failed, and nothing else"
              .formatted(Objects.requireNonNull(step.step.key())));
    }
  }

  private static ApiException conflict(StepState step, String what) {
    return ApiException.conflict(
        "The step %s is %s; it cannot be %s"
            .formatted(step.step.key(), step.status.word().replace('_', ' '), what));
  }
}
