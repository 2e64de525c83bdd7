package org.nself.incidents.runbook.execution;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks.TaskBuilder;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Sql;
import org.nself.incidents.api.Problem;
import org.nself.incidents.api.ProblemCode;
import org.nself.incidents.expression.ExpressionFailure;
import org.nself.incidents.expression.InvalidExpression;
import org.nself.incidents.expression.Scope;
import org.nself.incidents.runbook.Attach;
import org.nself.incidents.runbook.AttachMode;
import org.nself.incidents.runbook.Runbook;
import org.nself.incidents.runbook.Runbooks;
import org.nself.incidents.timeline.Timeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The task that looks at what a change of an incident means: to runbooks that are attached by a
 * condition, and to executions that wait for one. A trigger schedules it in the transaction of the
 * change.
 */
final class Judging {

  private static final Logger log = LoggerFactory.getLogger(Judging.class);

  private final Engine engine;
  private final Runbooks runbooks;
  private final Starting starting;
  private final Timeline timeline;
  private final Tools tools;

  Judging(Engine engine, Runbooks runbooks, Starting starting, Timeline timeline, Tools tools) {
    this.engine = engine;
    this.runbooks = runbooks;
    this.starting = starting;
    this.timeline = timeline;
    this.tools = tools;
  }

  Task<Void> task() {
    return new TaskBuilder<>(Tasks.JUDGE.getTaskName(), Void.class)
        .onFailure(Workers::retry)
        .execute(
            (instance, _) -> {
              judge(Tasks.Subject.of(instance.getId()));
              return new CompletionHandler.OnCompleteRemove<>();
            });
  }

  private void judge(Tasks.Subject incident) {
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
    List<Runbook> attached = runbooks.attached(account);
    if (attached.isEmpty()) {
      return;
    }
    @Nullable Map<String, @Nullable Object> seen =
        engine.works().incident(account, incident.id()).get();
    if (seen == null) {
      return;
    }
    Scope scope = new Scope(seen, Map.of(), Map.of());
    for (Runbook runbook : attached) {
      @Nullable Attach attach = runbook.definition().attach();
      if (attach != null && holds(attach, runbook, scope)) {
        attach(account, incident.id(), runbook, attach.mode());
      }
    }
  }

  private boolean holds(Attach attach, Runbook runbook, Scope scope) {
    try {
      return tools.expressions().condition(attach.condition()).holds(scope);
    } catch (ExpressionFailure | InvalidExpression e) {
      log.debug("The condition of runbook {} has no value here: {}", runbook.id(), e.getMessage());
      return false;
    }
  }

  private void attach(String account, UUID incident, Runbook runbook, AttachMode mode) {
    if (mode == AttachMode.START) {
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
      } catch (Problem problem) {
        if (problem.code() == ProblemCode.UNAVAILABLE) {
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
        AttachMode.SUGGEST,
        transaction ->
            timeline.append(
                transaction, tools.evidence().suggested(incident, origin(runbook), because)));
  }

  private static Origin origin(Runbook runbook) {
    return new Origin(runbook.id(), runbook.key(), runbook.version(), runbook.definition());
  }

  private static final Sql ATTACH =
      Sql.of(
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
      AttachMode mode,
      java.util.function.Consumer<AccountDatabase.Transaction> deed) {
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
