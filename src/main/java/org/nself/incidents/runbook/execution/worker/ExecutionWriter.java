package org.nself.incidents.runbook.execution.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.SideEffect;
import org.nself.incidents.runbook.execution.engine.StepCommandHandler;
import org.nself.incidents.runbook.execution.engine.TransitionFactory;
import org.nself.incidents.security.Caller;
import org.nself.incidents.security.Role;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes transitions, each together with its effects in the database, or not at all. */
public final class ExecutionWriter {

  private static final Logger log = LoggerFactory.getLogger(ExecutionWriter.class);

  private final TenantDatabase database;
  private final ExecutionStore store;
  private final TransitionFactory transitions;
  private final DatabaseClock clock;
  private final IncidentService incidents;
  private final TimelineService timeline;
  private final ExecutionStarter starter;
  private final ExecutionWakeups wakeups;
  private final ExecutionMetrics metrics;
  private final BiConsumer<String, UUID> onChanged;

  /**
   * @param onChanged called with the account and the id of an execution after a change is committed
   */
  public ExecutionWriter(
      TenantDatabase database,
      ExecutionStore store,
      TransitionFactory transitions,
      DatabaseClock clock,
      IncidentService incidents,
      TimelineService timeline,
      ExecutionStarter starter,
      ExecutionWakeups wakeups,
      ExecutionMetrics metrics,
      BiConsumer<String, UUID> onChanged) {
    this.database = database;
    this.store = store;
    this.transitions = transitions;
    this.clock = clock;
    this.incidents = incidents;
    this.timeline = timeline;
    this.starter = starter;
    this.wakeups = wakeups;
    this.metrics = metrics;
    this.onChanged = onChanged;
  }

  /** An effect was rejected, so that the whole transaction was rolled back. */
  static final class EffectRejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The key of the step whose effect it was. */
    final String step;

    EffectRejectedException(String step, ApiException cause) {
      super(cause.detail(), cause);
      this.step = step;
    }
  }

  /**
   * Changes an execution on behalf of somebody who is not its worker, and schedules it.
   *
   * @param locks for {@link TenantDatabase#transaction(String, List, java.util.function.Function)}
   * @param wanted asked first in the transaction; where it says no, nothing is changed
   * @param change returns whether it changed the transition; an exception rolls everything back
   * @throws ApiException {@code not_found}
   */
  public void change(
      String account,
      UUID id,
      List<String> locks,
      Predicate<TenantDatabase.Transaction> wanted,
      BiPredicate<TenantDatabase.Transaction, ExecutionTransition> change) {
    ExecutionStore.@Nullable Ref ref = store.find(account, id);
    if (ref == null) {
      throw ApiException.notFound("Execution");
    }
    List<UUID> abandoned =
        database.transaction(
            account,
            locks,
            transaction -> {
              if (!wanted.test(transaction)) {
                return List.of();
              }
              ExecutionTransition transition =
                  transitions.create(store.lock(transaction, ref), clock.instant());
              if (!change.test(transaction, transition)) {
                return List.of();
              }
              save(transaction, transition, true);
              wakeups.schedule(transaction, id);
              return List.copyOf(transition.abandonedChildren);
            });
    abandoned.forEach(child -> wakeups.wakeAbandoned(account, child));
  }

  /**
   * Writes the transition of the worker that holds the lease, in a transaction of its own.
   *
   * @return false where the execution was changed or claimed in the meantime
   * @throws EffectRejectedException where an effect was rejected
   */
  boolean save(ExecutionTransition transition) {
    EffectPartition effects = EffectPartition.of(transition.effects);
    if (effects.rest().isEmpty() && !endsForParent(transition.state)) {
      return saveInOneStatement(transition, effects.events());
    }
    List<String> locks = effects.startsChild() ? List.of(ExecutionStarter.LOCK) : List.of();
    return database.transaction(
        transition.state.header.account(),
        locks,
        transaction -> save(transaction, transition, false));
  }

  private boolean saveInOneStatement(ExecutionTransition transition, List<NewEvent> events) {
    if (!store.write(transition, events)) {
      return false;
    }
    announce(transition, events);
    return true;
  }

  private boolean save(
      TenantDatabase.Transaction transaction, ExecutionTransition transition, boolean external) {
    ExecutionState.Header header = transition.state.header;
    EffectPartition effects = EffectPartition.of(transition.effects);
    // Locks in the order that all transactions keep: incident, execution, its parent, the head of
    // the timeline, which the statement that writes takes.
    if (header.incidentId() != null && effects.changesIncident()) {
      incidents.lock(transaction, header.incidentId());
    }
    if (endsForParent(transition.state)) {
      store.lockWithParent(transaction, header);
    }
    if (!store.write(transaction, transition, effects.events(), external)) {
      return false;
    }
    transaction.afterCommit(() -> announce(transition, effects.events()));
    transition.decisions.forEach(
        (step, decision) -> {
          if (!store.insertDecision(transaction, header.id(), step, decision)) {
            throw StepCommandHandler.alreadyDecided(decision.actor());
          }
        });
    for (SideEffect effect : effects.rest()) {
      perform(transaction, transition.state, effect);
    }
    if (endsForParent(transition.state)) {
      wakeups.wake(transaction, Objects.requireNonNull(header.parentId()));
    }
    return true;
  }

  private static boolean endsForParent(ExecutionState state) {
    return state.status.isFinished() && state.header.parentId() != null;
  }

  /** After the commit. */
  private void announce(ExecutionTransition transition, List<NewEvent> events) {
    ExecutionState.Header header = transition.state.header;
    metrics.written(transition);
    if (header.incidentId() != null && !events.isEmpty()) {
      timeline.notifyAppended(header.account(), header.incidentId());
    }
    onChanged.accept(header.account(), header.id());
  }

  /**
   * Divides effects into those that the statement with the rows performs, and the rest, which
   * follows it, so that the order is kept.
   *
   * @param events those before the first effect that is not an event
   */
  private record EffectPartition(List<NewEvent> events, List<SideEffect> rest) {

    boolean changesIncident() {
      return rest.stream().anyMatch(effect -> effect instanceof SideEffect.IncidentChange);
    }

    boolean startsChild() {
      return rest.stream().anyMatch(effect -> effect instanceof SideEffect.StartChild);
    }

    static EffectPartition of(List<SideEffect> effects) {
      List<NewEvent> events = new ArrayList<>();
      for (int i = 0; i < effects.size(); i++) {
        switch (effects.get(i)) {
          case SideEffect.AppendEvent(var event) -> events.add(event);
          case SideEffect.Request _ -> {
            // Sent after the commit.
          }
          case SideEffect.IncidentChange _, SideEffect.StartChild _ -> {
            return new EffectPartition(events, effects.subList(i, effects.size()));
          }
        }
      }
      return new EffectPartition(events, List.of());
    }
  }

  private void perform(
      TenantDatabase.Transaction transaction, ExecutionState state, SideEffect effect) {
    switch (effect) {
      case SideEffect.AppendEvent(var event) -> timeline.append(transaction, event);
      case SideEffect.IncidentChange(String step, var change) ->
          rejectable(
              step,
              () ->
                  incidents.change(
                      transaction,
                      new Caller(state.header.account(), Role.SERVICE, state.actor()),
                      change));
      case SideEffect.StartChild(String step, UUID id, UUID runbook, var inputs) ->
          rejectable(
              step,
              () ->
                  starter.start(
                      transaction,
                      id,
                      runbook,
                      inputs,
                      new ExecutionStarter.StartContext(
                          state.header.incidentId(),
                          state.header.id(),
                          step,
                          state.header.depth() + 1,
                          state.header.startedBy(),
                          state.actor())));
      case SideEffect.Request _ -> {
        // Sent after the commit.
      }
    }
  }

  private static void rejectable(String step, Runnable effect) {
    try {
      effect.run();
    } catch (ApiException e) {
      // Unavailability may be over in a moment, and rejects nothing.
      throw e.code() == ErrorCode.UNAVAILABLE ? e : new EffectRejectedException(step, e);
    } catch (DatabaseException e) {
      // The database would reject it again: without a failed step it would be tried for ever.
      log.error("The database rejected an effect of step {}", step, e);
      throw new EffectRejectedException(
          step, ApiException.of(ErrorCode.INTERNAL, "Internal error; see the service log"));
    }
  }
}
