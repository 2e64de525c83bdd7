package org.nself.incidents.runbook.execution;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.DatabaseFailure;
import org.nself.incidents.account.Role;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;
import org.nself.incidents.incident.Incidents;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.Timeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a piece of work, with all of its effects that the database holds, or nothing of it. */
final class Saving {

  private static final Logger log = LoggerFactory.getLogger(Saving.class);

  private final WorkStore store;
  private final Incidents incidents;
  private final Timeline timeline;
  private final Starts starts;
  private final Wakes wakes;
  private final ExecutionTopics topics;

  Saving(
      WorkStore store,
      Incidents incidents,
      Timeline timeline,
      Starts starts,
      Wakes wakes,
      ExecutionTopics topics) {
    this.store = store;
    this.incidents = incidents;
    this.timeline = timeline;
    this.starts = starts;
    this.wakes = wakes;
    this.topics = topics;
  }

  /** An effect in the transaction was refused, so that all of it was undone. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The step whose effect it was. */
    final String step;

    Refused(String step, Problem problem) {
      super(problem.detail(), problem);
      this.step = step;
    }
  }

  /** Whether all of it can be written by one statement; then {@link #saveAlone} does. */
  static boolean isOneStatement(Work work) {
    return Parts.of(work.effects).rest().isEmpty() && !endsForParent(work.state);
  }

  /**
   * In a transaction of its own, in one round trip.
   *
   * @return whether it was written; not where the execution was changed or taken up meanwhile
   */
  boolean saveAlone(Work work) {
    List<NewEvent> told = Parts.of(work.effects).told();
    if (!store.write(work, told)) {
      return false;
    }
    announce(work.state.head, told);
    return true;
  }

  /**
   * @param woken whether it comes from outside, so that whoever has the execution is to look again
   * @return whether it was written; not where the execution was changed or taken up meanwhile
   * @throws Refused where an effect could not be done
   */
  boolean save(AccountDatabase.Transaction transaction, Work work, boolean woken) {
    Head head = work.state.head;
    Parts parts = Parts.of(work.effects);
    // In the order in which everybody takes them: the incident, an execution, the one that runs it,
    // the timeline's head. The statement that writes takes the last of them.
    if (head.incidentId() != null && parts.changeIncident()) {
      incidents.lock(transaction, head.incidentId());
    }
    if (endsForParent(work.state)) {
      store.lockWithParent(transaction, head);
    }
    if (!store.write(transaction, work, parts.told(), woken)) {
      return false;
    }
    transaction.afterCommit(() -> announce(head, parts.told()));
    for (Effect effect : parts.rest()) {
      perform(transaction, work.state, effect);
    }
    if (endsForParent(work.state)) {
      wakes.wake(transaction, Objects.requireNonNull(head.parentId()));
    }
    return true;
  }

  private static boolean endsForParent(State state) {
    return state.status.isFinished() && state.head.parentId() != null;
  }

  private void announce(Head head, List<NewEvent> told) {
    if (head.incidentId() != null && !told.isEmpty()) {
      timeline.appended(head.account(), head.incidentId());
    }
    topics.changed(head.account(), head.id());
  }

  /**
   * What the statement that writes the rows does, and what is left to be done after it, so that all
   * happens in its order.
   *
   * @param told the events before the first effect that is more than an event
   */
  private record Parts(List<NewEvent> told, List<Effect> rest) {

    boolean changeIncident() {
      return rest.stream().anyMatch(effect -> effect instanceof Effect.IncidentChange);
    }

    static Parts of(List<Effect> effects) {
      List<NewEvent> told = new ArrayList<>();
      for (int i = 0; i < effects.size(); i++) {
        switch (effects.get(i)) {
          case Effect.Told(var event) -> told.add(event);
          case Effect.Request _ -> {
            // Sent once this is committed.
          }
          case Effect.IncidentChange _, Effect.Child _ -> {
            return new Parts(told, effects.subList(i, effects.size()));
          }
        }
      }
      return new Parts(told, List.of());
    }
  }

  private void perform(AccountDatabase.Transaction transaction, State state, Effect effect) {
    @Nullable UUID incident = state.head.incidentId();
    switch (effect) {
      case Effect.Told(var event) -> timeline.append(transaction, event);
      case Effect.IncidentChange(String step, var change) -> {
        try {
          incidents.change(
              transaction,
              new Caller(state.head.account(), Role.SERVICE, state.origin.actor()),
              change);
        } catch (Problem problem) {
          throw refusal(step, problem);
        } catch (DatabaseFailure failure) {
          throw refusal(step, failure);
        }
      }
      case Effect.Child(String step, UUID id, UUID runbook, var inputs) -> {
        try {
          starts.start(
              transaction,
              id,
              runbook,
              inputs,
              new Starts.From(
                  incident,
                  state.head.id(),
                  step,
                  state.head.depth() + 1,
                  state.head.startedBy(),
                  state.origin.actor()));
        } catch (Problem problem) {
          throw refusal(step, problem);
        } catch (DatabaseFailure failure) {
          throw refusal(step, failure);
        }
      }
      case Effect.Request _ -> {
        // Sent once this is committed.
      }
    }
  }

  /**
   * What the database refuses now, it refuses again: the step fails, or it would be tried for ever.
   */
  private static Refused refusal(String step, DatabaseFailure failure) {
    log.error("An effect of step {} was refused by the database", step, failure);
    return new Refused(
        step, Problem.of(ProblemCode.INTERNAL, "Internal error; the log of the service says more"));
  }

  /** What may be otherwise in a moment is no refusal. */
  private static RuntimeException refusal(String step, Problem problem) {
    return problem.code() == ProblemCode.UNAVAILABLE ? problem : new Refused(step, problem);
  }
}
