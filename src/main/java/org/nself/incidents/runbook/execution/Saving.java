package org.nself.incidents.runbook.execution;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Caller;
import org.nself.incidents.account.Role;
import org.nself.incidents.api.Problem;
import org.nself.incidents.incident.Incidents;
import org.nself.incidents.timeline.Timeline;

/** Writes a piece of work, with all of its effects that the database holds, or nothing of it. */
final class Saving {

  private final ExecutionStore store;
  private final Incidents incidents;
  private final Timeline timeline;
  private final Starts starts;
  private final Wakes wakes;
  private final ExecutionTopics topics;

  Saving(
      ExecutionStore store,
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

  /**
   * @param woken whether it comes from outside, so that whoever has the execution is to look again
   * @return whether it was written; not where the execution was changed or taken up meanwhile
   * @throws Refused where an effect could not be done
   */
  boolean save(AccountDatabase.Transaction transaction, Work work, boolean woken) {
    if (!store.write(transaction, work, woken)) {
      return false;
    }
    for (Effect effect : work.effects) {
      perform(transaction, work.state, effect);
    }
    Head head = work.state.head;
    if (work.state.status.isFinished()
        && head.parentId() != null
        && store.wake(transaction, head.parentId())) {
      wakes.schedule(transaction, head.parentId());
    }
    transaction.afterCommit(() -> topics.changed(head.account(), head.id()));
    return true;
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
        }
      }
      case Effect.Request _ -> {
        // Sent once this is committed.
      }
    }
  }

  /** What may be otherwise in a moment is no refusal. */
  private static RuntimeException refusal(String step, Problem problem) {
    return problem.code() == org.nself.incidents.api.ProblemCode.UNAVAILABLE
        ? problem
        : new Refused(step, problem);
  }
}
