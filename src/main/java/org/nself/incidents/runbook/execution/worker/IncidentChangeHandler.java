package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.Expressions;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.RunbookTrigger;
import org.nself.incidents.runbook.definition.Trigger;
import org.nself.incidents.runbook.definition.TriggerMode;
import org.nself.incidents.runbook.execution.engine.ExecutionEventFactory;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.TransitionFactory.IncidentReader;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The task that evaluates triggers after a change of an incident: it wakes the executions that wait
 * for a condition over the incident, and suggests or starts the runbooks whose condition holds. A
 * trigger of the database schedules it in the transaction of the change.
 */
public final class IncidentChangeHandler {

  private static final Logger log = LoggerFactory.getLogger(IncidentChangeHandler.class);

  /** The name is that in the trigger function of the database. */
  static final TaskDescriptor<Void> TASK = TaskDescriptor.of("judge", Void.class);

  /** The number of triggers in memory at once; a condition has at most a few kilobytes. */
  private static final int PAGE = 100;

  private final TenantDatabase database;
  private final ExecutionStore store;
  private final ExecutionWakeups wakeups;
  private final ExecutionStarter starter;
  private final RunbookService runbooks;
  private final TimelineService timeline;
  private final ExecutionEventFactory events;
  private final Expressions expressions;
  private final IncidentReader incidents;
  private final TaskGuard guard;

  public IncidentChangeHandler(
      TenantDatabase database,
      ExecutionStore store,
      ExecutionWakeups wakeups,
      ExecutionStarter starter,
      RunbookService runbooks,
      TimelineService timeline,
      ExecutionEventFactory events,
      Expressions expressions,
      IncidentReader incidents,
      TaskGuard guard) {
    this.database = database;
    this.store = store;
    this.wakeups = wakeups;
    this.starter = starter;
    this.runbooks = runbooks;
    this.timeline = timeline;
    this.events = events;
    this.expressions = expressions;
    this.incidents = incidents;
    this.guard = guard;
  }

  public Task<Void> task() {
    return guard.task(
        TASK,
        (task, _, _) -> {
          evaluateTriggers(new ExecutionWakeups.Subject(task.account(), task.subject()));
          return new CompletionHandler.OnCompleteRemove<>();
        });
  }

  private void evaluateTriggers(ExecutionWakeups.Subject incident) {
    String account = incident.account();
    for (UUID execution : store.findAwaiting(account, incident.id())) {
      database.transaction(
          account,
          transaction -> {
            wakeups.wake(transaction, execution);
            return true;
          });
    }
    @Nullable RuntimeException failure = null;
    List<RunbookTrigger> page = runbooks.triggers(account, null, PAGE);
    while (!page.isEmpty()) {
      @Nullable Map<String, @Nullable Object> view = incidents.read(account, incident.id());
      if (view == null) {
        return;
      }
      EvaluationContext context = new EvaluationContext(account, view, Map.of(), Map.of());
      for (RunbookTrigger runbook : page) {
        try {
          evaluateTrigger(account, incident.id(), runbook, context);
        } catch (RuntimeException e) {
          // One runbook must not keep the others from being evaluated; then the task is retried.
          log.error("Could not evaluate the trigger of runbook {}", runbook.id(), e);
          failure = e;
        }
      }
      page = page.size() < PAGE ? List.of() : runbooks.triggers(account, page.getLast().id(), PAGE);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void evaluateTrigger(
      String account, UUID incident, RunbookTrigger runbook, EvaluationContext context) {
    Trigger trigger = runbook.trigger();
    if (!matches(trigger, runbook, context)) {
      return;
    }
    switch (trigger.mode()) {
      case SUGGEST -> suggest(account, incident, runbook, null);
      case START -> start(account, incident, runbook);
    }
  }

  private boolean matches(Trigger trigger, RunbookTrigger runbook, EvaluationContext context) {
    try {
      return expressions.condition(context.account(), trigger.condition()).evaluate(context);
    } catch (ExpressionFailure | InvalidExpression e) {
      log.debug(
          "The condition of runbook {} cannot be evaluated here: {}", runbook.id(), e.getMessage());
      return false;
    }
  }

  private void start(String account, UUID incident, RunbookTrigger runbook) {
    try {
      attachOnce(
          account,
          incident,
          runbook,
          TriggerMode.START,
          transaction ->
              starter.start(
                  transaction,
                  new StartRunbook(runbook.id(), incident, Map.of()),
                  ExecutionState.actor(runbook.key(), runbook.id())));
    } catch (ApiException e) {
      if (e.code() == ErrorCode.UNAVAILABLE) {
        throw e;
      }
      suggest(account, incident, runbook, e.detail());
    }
  }

  private void suggest(
      String account, UUID incident, RunbookTrigger runbook, @Nullable String reason) {
    attachOnce(
        account,
        incident,
        runbook,
        TriggerMode.SUGGEST,
        transaction -> timeline.append(transaction, events.suggested(incident, runbook, reason)));
  }

  private static final SqlStatement INSERT_ATTACHMENT =
      SqlStatement.of(
          """
          insert into np_runbook_attachments (source_account_id, incident_id, runbook_id, mode)
          values (:account, :incident, :runbook, :mode)
          on conflict do nothing
          returning attached_at
          """);

  /** Performs the action once for an incident and runbook. */
  private void attachOnce(
      String account,
      UUID incident,
      RunbookTrigger runbook,
      TriggerMode mode,
      Consumer<TenantDatabase.Transaction> action) {
    List<String> locks = mode == TriggerMode.START ? List.of(ExecutionStarter.LOCK) : List.of();
    database.transaction(
        account,
        locks,
        transaction -> {
          boolean first =
              !transaction
                  .query(
                      INSERT_ATTACHMENT,
                      Map.of(
                          "account",
                          account,
                          "incident",
                          incident,
                          "runbook",
                          runbook.id(),
                          "mode",
                          mode.name().toLowerCase(Locale.ROOT)),
                      _ -> Boolean.TRUE)
                  .isEmpty();
          if (first) {
            action.accept(transaction);
          }
          return first;
        });
  }
}
