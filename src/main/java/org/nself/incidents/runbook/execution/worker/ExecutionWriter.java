package org.nself.incidents.runbook.execution.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.runbook.execution.ExecutionTopics;
import org.nself.incidents.runbook.execution.engine.ExecutionLease;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.SideEffect;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Role;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a piece of work, with all of its effects that the database holds, or nothing of it. */
public final class ExecutionWriter {

  private static final Logger log = LoggerFactory.getLogger(ExecutionWriter.class);

  private final ExecutionStateStore store;
  private final IncidentService incidents;
  private final TimelineService timeline;
  private final ExecutionStarter starts;
  private final ExecutionWakeups wakes;
  private final ExecutionTopics topics;

  public ExecutionWriter(
      ExecutionStateStore store,
      IncidentService incidents,
      TimelineService timeline,
      ExecutionStarter starts,
      ExecutionWakeups wakes,
      ExecutionTopics topics) {
    this.store = store;
    this.incidents = incidents;
    this.timeline = timeline;
    this.starts = starts;
    this.wakes = wakes;
    this.topics = topics;
  }

  /** An effect in the transaction was refused, so that all of it was undone. */
  static final class EffectRejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The step whose effect it was. */
    final String step;

    EffectRejectedException(String step, ApiException problem) {
      super(problem.detail(), problem);
      this.step = step;
    }
  }

  /** Whether all of it can be written by one statement; then {@link #saveInOneStatement} does. */
  static boolean isOneStatement(ExecutionTransition work) {
    return EffectPartition.of(work.effects).rest().isEmpty() && !endsForParent(work.state);
  }

  /**
   * In a transaction of its own, in one round trip.
   *
   * @return whether it was written; not where the execution was changed or taken up meanwhile
   */
  boolean saveInOneStatement(ExecutionTransition work) {
    List<NewEvent> told = EffectPartition.of(work.effects).events();
    if (!store.write(work, told)) {
      return false;
    }
    announce(work.state.head, told);
    return true;
  }

  /**
   * @param woken whether it comes from outside, so that whoever has the execution is to look again
   * @return whether it was written; not where the execution was changed or taken up meanwhile
   * @throws EffectRejectedException where an effect could not be done
   */
  boolean save(TenantDatabase.Transaction transaction, ExecutionTransition work, boolean woken) {
    ExecutionLease head = work.state.head;
    EffectPartition parts = EffectPartition.of(work.effects);
    // In the order in which everybody takes them: the incident, an execution, the one that runs it,
    // the timeline's head. The statement that writes takes the last of them.
    if (head.incidentId() != null && parts.changeIncident()) {
      incidents.lock(transaction, head.incidentId());
    }
    if (endsForParent(work.state)) {
      store.lockWithParent(transaction, head);
    }
    if (!store.write(transaction, work, parts.events(), woken)) {
      return false;
    }
    transaction.afterCommit(() -> announce(head, parts.events()));
    for (SideEffect effect : parts.rest()) {
      perform(transaction, work.state, effect);
    }
    if (endsForParent(work.state)) {
      wakes.wake(transaction, Objects.requireNonNull(head.parentId()));
    }
    return true;
  }

  private static boolean endsForParent(ExecutionState state) {
    return state.status.isFinished() && state.head.parentId() != null;
  }

  private void announce(ExecutionLease head, List<NewEvent> told) {
    if (head.incidentId() != null && !told.isEmpty()) {
      timeline.notifyAppended(head.account(), head.incidentId());
    }
    topics.changed(head.account(), head.id());
  }

  /**
   * What the statement that writes the rows does, and what is left to be done after it, so that all
   * happens in its order.
   *
   * @param events the events before the first effect that is more than an event
   */
  private record EffectPartition(List<NewEvent> events, List<SideEffect> rest) {

    boolean changeIncident() {
      return rest.stream().anyMatch(effect -> effect instanceof SideEffect.IncidentChange);
    }

    static EffectPartition of(List<SideEffect> effects) {
      List<NewEvent> told = new ArrayList<>();
      for (int i = 0; i < effects.size(); i++) {
        switch (effects.get(i)) {
          case SideEffect.AppendEvent(var event) -> told.add(event);
          case SideEffect.Request _ -> {
            // Sent once this is committed.
          }
          case SideEffect.IncidentChange _, SideEffect.StartChild _ -> {
            return new EffectPartition(told, effects.subList(i, effects.size()));
          }
        }
      }
      return new EffectPartition(told, List.of());
    }
  }

  private void perform(
      TenantDatabase.Transaction transaction, ExecutionState state, SideEffect effect) {
    @Nullable UUID incident = state.head.incidentId();
    switch (effect) {
      case SideEffect.AppendEvent(var event) -> timeline.append(transaction, event);
      case SideEffect.IncidentChange(String step, var change) -> {
        try {
          incidents.change(
              transaction,
              new Caller(state.head.account(), Role.SERVICE, state.origin.actor()),
              change);
        } catch (ApiException problem) {
          throw refusal(step, problem);
        } catch (DatabaseException failure) {
          throw refusal(step, failure);
        }
      }
      case SideEffect.StartChild(String step, UUID id, UUID runbook, var inputs) -> {
        try {
          starts.start(
              transaction,
              id,
              runbook,
              inputs,
              new ExecutionStarter.StartContext(
                  incident,
                  state.head.id(),
                  step,
                  state.head.depth() + 1,
                  state.head.startedBy(),
                  state.origin.actor()));
        } catch (ApiException problem) {
          throw refusal(step, problem);
        } catch (DatabaseException failure) {
          throw refusal(step, failure);
        }
      }
      case SideEffect.Request _ -> {
        // Sent once this is committed.
      }
    }
  }

  /**
   * What the database refuses now, it refuses again: the step fails, or it would be tried for ever.
   */
  private static EffectRejectedException refusal(String step, DatabaseException failure) {
    log.error("An effect of step {} was refused by the database", step, failure);
    return new EffectRejectedException(
        step,
        ApiException.of(ErrorCode.INTERNAL, "Internal error; the log of the service says more"));
  }

  /** What may be otherwise in a moment is no refusal. */
  private static RuntimeException refusal(String step, ApiException problem) {
    return problem.code() == ErrorCode.UNAVAILABLE
        ? problem
        : new EffectRejectedException(step, problem);
  }
}
