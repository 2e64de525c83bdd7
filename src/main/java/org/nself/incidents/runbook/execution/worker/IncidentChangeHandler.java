package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks.TaskBuilder;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.expression.EvaluationContext;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.definition.Trigger;
import org.nself.incidents.runbook.definition.TriggerMode;
import org.nself.incidents.runbook.execution.engine.RunbookVersionRef;
import org.nself.incidents.runbook.execution.engine.Tools;
import org.nself.incidents.timeline.TimelineService;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The task that looks at what a change of an incident means: to runbooks that are attached by a
 * condition, and to executions that wait for one. A trigger schedules it in the transaction of the
 * change.
 */
public final class IncidentChangeHandler {

  private static final Logger log = LoggerFactory.getLogger(IncidentChangeHandler.class);

  private final ExecutionCommands engine;
  private final RunbookService runbooks;
  private final Starting starting;
  private final TimelineService timeline;
  private final Tools tools;

  public IncidentChangeHandler(
      ExecutionCommands engine,
      RunbookService runbooks,
      Starting starting,
      TimelineService timeline,
      Tools tools) {
    this.engine = engine;
    this.runbooks = runbooks;
    this.starting = starting;
    this.timeline = timeline;
    this.tools = tools;
  }

  public Task<Void> task() {
    return new TaskBuilder<>(SchedulerTasks.JUDGE.getTaskName(), Void.class)
        .onFailure(SchedulerLifecycle::retry)
        .execute(
            (instance, _) -> {
              judge(SchedulerTasks.Subject.of(instance.getId()));
              return new CompletionHandler.OnCompleteRemove<>();
            });
  }

  private void judge(SchedulerTasks.Subject incident) {
    String account = incident.account();
    for (UUID execution : engine.store().awaiting(account, incident.id())) {
      engine
          .database()
          .transaction(
              account,
              transaction -> {
                engine.wakes().wake(transaction, execution);
                return true;
              });
    }
    List<Runbook> attached = runbooks.withTrigger(account);
    if (attached.isEmpty()) {
      return;
    }
    @Nullable Map<String, @Nullable Object> seen =
        engine.works().incident(account, incident.id()).get();
    if (seen == null) {
      return;
    }
    EvaluationContext scope = new EvaluationContext(seen, Map.of(), Map.of());
    for (Runbook runbook : attached) {
      @Nullable Trigger attach = runbook.definition().attach();
      if (attach != null && holds(attach, runbook, scope)) {
        attach(account, incident.id(), runbook, attach.mode());
      }
    }
  }

  private boolean holds(Trigger attach, Runbook runbook, EvaluationContext scope) {
    try {
      return tools.expressions().condition(attach.condition()).evaluate(scope);
    } catch (ExpressionFailure | InvalidExpression e) {
      log.debug("The condition of runbook {} has no value here: {}", runbook.id(), e.getMessage());
      return false;
    }
  }

  private void attach(String account, UUID incident, Runbook runbook, TriggerMode mode) {
    if (mode == TriggerMode.START) {
      try {
        once(
            account,
            incident,
            runbook,
            mode,
            transaction ->
                starting.start(
                    transaction,
                    new StartRunbook(runbook.id(), incident, Map.of()),
                    origin(runbook).actor()));
        return;
      } catch (ApiException problem) {
        if (problem.code() == ErrorCode.UNAVAILABLE) {
          throw problem;
        }
        suggest(account, incident, runbook, problem.detail());
        return;
      }
    }
    suggest(account, incident, runbook, null);
  }

  private void suggest(String account, UUID incident, Runbook runbook, @Nullable String because) {
    once(
        account,
        incident,
        runbook,
        TriggerMode.SUGGEST,
        transaction ->
            timeline.append(
                transaction, tools.evidence().suggested(incident, origin(runbook), because)));
  }

  private static RunbookVersionRef origin(Runbook runbook) {
    return new RunbookVersionRef(
        runbook.id(), runbook.key(), runbook.version(), runbook.definition());
  }

  private static final SqlStatement ATTACH =
      SqlStatement.of(
          """
          insert into np_runbook_attachments (source_account_id, incident_id, runbook_id, mode)
          values (:account, :incident, :runbook, :mode)
          on conflict do nothing
          returning attached_at
          """);

  /** Does it where it was not done for this incident and runbook yet. */
  private void once(
      String account,
      UUID incident,
      Runbook runbook,
      TriggerMode mode,
      java.util.function.Consumer<TenantDatabase.Transaction> deed) {
    engine
        .database()
        .transaction(
            account,
            transaction -> {
              boolean first =
                  !transaction
                      .query(
                          ATTACH,
                          Map.of(
                              "account",
                              account,
                              "incident",
                              incident,
                              "runbook",
                              runbook.id(),
                              "mode",
                              mode.name().toLowerCase(java.util.Locale.ROOT)),
                          _ -> Boolean.TRUE)
                      .isEmpty();
              if (first) {
                deed.accept(transaction);
              }
              return first;
            });
  }
}
