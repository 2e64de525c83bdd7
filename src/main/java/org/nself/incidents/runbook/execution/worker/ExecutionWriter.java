package org.nself.incidents.runbook.execution.worker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.DatabaseException;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.incident.IncidentService;
import org.nself.incidents.incident.milestone.MilestoneService;
import org.nself.incidents.runbook.Runbook;
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
  private final ExecutionStateStore states;
  private final ExecutionStore store;
  private final TransitionFactory transitions;
  private final DatabaseClock clock;
  private final IncidentService incidents;
  private final MilestoneService milestones;
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
      ExecutionStateStore states,
      ExecutionStore store,
      TransitionFactory transitions,
      DatabaseClock clock,
      IncidentService incidents,
      MilestoneService milestones,
      TimelineService timeline,
      ExecutionStarter starter,
      ExecutionWakeups wakeups,
      ExecutionMetrics metrics,
      BiConsumer<String, UUID> onChanged) {
    this.database = database;
    this.states = states;
    this.store = store;
    this.transitions = transitions;
    this.clock = clock;
    this.incidents = incidents;
    this.milestones = milestones;
    this.timeline = timeline;
    this.starter = starter;
    this.wakeups = wakeups;
    this.metrics = metrics;
    this.onChanged = onChanged;
  }

  /** Effects were rejected, so that the whole transaction was rolled back. */
  static final class EffectRejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why, by the key of the step whose effect it was. */
    final transient Map<String, String> reasons;

    EffectRejectedException(Map<String, String> reasons) {
      super(String.join("; ", reasons.values()));
      this.reasons = Map.copyOf(reasons);
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
    ExecutionStateStore.@Nullable Ref ref = states.find(account, id);
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
                  transitions.create(states.lock(transaction, ref), clock.instant());
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
    performAll(transaction, transition.state, effects.rest());
    if (endsForParent(transition.state) && !store.isEndOfOthersAwaited(transaction, header)) {
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
      return rest.stream()
          .anyMatch(
              effect ->
                  effect instanceof SideEffect.IncidentChange
                      || effect instanceof SideEffect.Mitigation);
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
          case SideEffect.IncidentChange _, SideEffect.Mitigation _, SideEffect.StartChild _ -> {
            return new EffectPartition(events, effects.subList(i, effects.size()));
          }
        }
      }
      return new EffectPartition(events, List.of());
    }
  }

  /**
   * Once an effect is rejected, the rest is only checked, so that all rejections are known and the
   * transaction is repeated once, not once for each.
   */
  private void performAll(
      TenantDatabase.Transaction transaction, ExecutionState state, List<SideEffect> effects) {
    ExecutionStarter.@Nullable Capacity capacity = null;
    Map<String, String> reasons = new LinkedHashMap<>();
    for (SideEffect effect : effects) {
      if (effect instanceof SideEffect.StartChild start) {
        if (capacity == null) {
          capacity = starter.capacity(transaction, state.header.id());
        }
        ExecutionStarter.Capacity left = capacity;
        rejectable(
            start.step(),
            reasons,
            () -> startChild(transaction, state, start, left, reasons.isEmpty()));
      } else if (reasons.isEmpty()) {
        perform(transaction, state, effect, reasons);
      }
    }
    if (!reasons.isEmpty()) {
      throw new EffectRejectedException(reasons);
    }
  }

  private void startChild(
      TenantDatabase.Transaction transaction,
      ExecutionState state,
      SideEffect.StartChild start,
      ExecutionStarter.Capacity capacity,
      boolean write) {
    ExecutionStarter.StartContext context =
        new ExecutionStarter.StartContext(
            state.header.incidentId(),
            state.header.id(),
            start.step(),
            state.header.depth() + 1,
            state.header.startedBy(),
            state.actor());
    Runbook runbook = starter.find(transaction, start.runbook());
    if (write) {
      starter.start(transaction, capacity, start.id(), runbook, start.inputs(), context);
    } else {
      var _ = starter.prepare(transaction, capacity, start.id(), runbook, start.inputs(), context);
    }
  }

  private void perform(
      TenantDatabase.Transaction transaction,
      ExecutionState state,
      SideEffect effect,
      Map<String, String> reasons) {
    switch (effect) {
      case SideEffect.AppendEvent(var event) -> timeline.append(transaction, event);
      case SideEffect.IncidentChange(String step, var change) ->
          rejectable(
              step,
              reasons,
              () ->
                  incidents.change(
                      transaction,
                      new Caller(state.header.account(), Role.SERVICE, state.actor()),
                      change));
      case SideEffect.Mitigation(String step, UUID incident, String reason) ->
          rejectable(
              step,
              reasons,
              () ->
                  milestones.mitigate(
                      transaction, incident, clock.instant(), state.actor(), reason));
      case SideEffect.StartChild _, SideEffect.Request _ -> {
        // Starts are performed by the caller; requests are sent after the commit.
      }
    }
  }

  /** Adds the reason of a rejection; after an error of the database nothing more can be checked. */
  private static void rejectable(String step, Map<String, String> reasons, Runnable effect) {
    try {
      effect.run();
    } catch (ApiException e) {
      // Unavailability is temporary, so it rejects nothing.
      if (e.code() == ErrorCode.UNAVAILABLE) {
        throw e;
      }
      reasons.put(step, e.detail());
    } catch (DatabaseException e) {
      // The database would reject it again: without a failed step it would be tried for ever.
      log.error("The database rejected an effect of step {}", step, e);
      reasons.put(step, "Internal error; see the service log");
      throw new EffectRejectedException(reasons);
    }
  }
}
