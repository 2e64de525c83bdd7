package org.nself.incidents.runbook.execution.worker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.runbook.execution.engine.ExecutionLease;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.StepState;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.TimelineSql;

/**
 * Writes what a piece of work came to: the execution, its steps and attempts, and the events that
 * tell of it. One statement, so that the head of the timeline, which all executions of an incident
 * share, is held for as short as can be.
 */
public final class ExecutionStateStore {

  private final TenantDatabase database;
  private final JsonValues values;
  private final UuidGenerator ids;

  public ExecutionStateStore(TenantDatabase database, JsonValues values, UuidGenerator ids) {
    this.database = database;
    this.values = values;
    this.ids = ids;
  }

  /** Rows come from {@code written}, so that where that is empty nothing else is written. */
  private static final SqlStatement WRITE =
      SqlStatement.of(
          """
          with written as (
            update np_runbook_executions
            set status = :status, ending = :ending::text, cancelled_by = :cancelled_by::text, reason = :reason::text,
              awaits_incident = :awaits, version = version + 1, updated_at = now(),
              finished_at = case when :finished then coalesce(finished_at, now()) end,
              wakes = wakes + :woken
            where source_account_id = :account and id = :id and fence = :fence and wakes = :wakes
            returning source_account_id, id, incident_id, fence, version
          ),
          steps as (
            update np_runbook_steps step
            set status = new.status, attempts = new.attempts, failures = new.failures, interruptions = new.interruptions,
              round = new.round, output = new.output, error = new.error, note = new.note, actor = new.actor,
              child_execution_id = new.child, due_at = new.due_at, expires_at = new.expires_at, started_at = new.started_at,
              finished_at = new.finished_at
            from written, jsonb_to_recordset(:steps::jsonb) new (
              key text, status text, attempts integer, failures integer, interruptions integer, round integer, output jsonb,
              error text, note text, actor text, child uuid, due_at timestamptz, expires_at timestamptz,
              started_at timestamptz, finished_at timestamptz)
            where step.source_account_id = :account and step.execution_id = :id and step.key = new.key
          ),
          attempts as (
            insert into np_runbook_attempts as attempt (
              source_account_id, execution_id, step_key, number, fence, outcome, request, http_status, excerpt, error,
              started_at, finished_at)
            select written.source_account_id, written.id, new.step, new.number, written.fence, new.outcome, new.request,
              new.http_status, new.excerpt, new.error, coalesce(new.started_at, now()), new.finished_at
            from written, jsonb_to_recordset(:attempts::jsonb) new (
              step text, number integer, outcome text, request text, http_status integer, excerpt text, error text,
              started_at timestamptz, finished_at timestamptz)
            on conflict (source_account_id, execution_id, step_key, number) do update
            set outcome = excluded.outcome, http_status = excluded.http_status, excerpt = excluded.excerpt,
              error = excluded.error, finished_at = excluded.finished_at
          ),
          told as (
          """
              + TimelineSql.INSERT
              + """
                select written.source_account_id, written.incident_id, new.id, new.kind, new.message, new.data, new.actor, now(), null::integer
                from written, jsonb_to_recordset(:told::jsonb) new (
                  place integer, id uuid, kind text, message text, data jsonb, actor text)
                order by new.place
              )
              select version from written
              """);

  /** Locks in the order of the rows: an execution before the one that runs it. */
  private static final SqlStatement LOCK_WITH_PARENT =
      SqlStatement.of(
          """
          select from np_runbook_executions
          where source_account_id = :account and id in (:id, :parent)
          order by depth desc for no key update
          """);

  /** Keeps everybody else from writing an execution and the one that runs it. */
  void lockWithParent(TenantDatabase.Transaction transaction, ExecutionLease head) {
    transaction.query(
        LOCK_WITH_PARENT,
        Map.of(
            "account",
            transaction.account(),
            "id",
            head.id(),
            "parent",
            Objects.requireNonNull(head.parentId())),
        row -> Boolean.TRUE);
  }

  /**
   * Writes it in a transaction of its own, in one round trip.
   *
   * @param told events of the execution's incident, in their order
   * @return whether it was written; not where the execution was changed or taken up meanwhile
   */
  boolean write(ExecutionTransition work, List<NewEvent> told) {
    String account = work.state.head.account();
    return !database
        .write(account, WRITE, arguments(account, work, told, false), row -> Boolean.TRUE)
        .isEmpty();
  }

  /**
   * As {@link #write(ExecutionTransition, List)}, with more in the same transaction.
   *
   * @param woken whether whoever has the execution is to look at it again
   */
  boolean write(
      TenantDatabase.Transaction transaction,
      ExecutionTransition work,
      List<NewEvent> told,
      boolean woken) {
    return !transaction
        .query(WRITE, arguments(transaction.account(), work, told, woken), row -> Boolean.TRUE)
        .isEmpty();
  }

  private Map<String, @Nullable Object> arguments(
      String account, ExecutionTransition work, List<NewEvent> told, boolean woken) {
    ExecutionState state = work.state;
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", account);
    arguments.put("id", state.head.id());
    arguments.put("fence", state.head.fencingToken());
    arguments.put("wakes", state.head.changeCount());
    arguments.put("status", state.status.word());
    arguments.put("ending", state.ending == null ? null : state.ending.word());
    arguments.put("cancelled_by", state.cancelledBy);
    arguments.put("reason", state.reason);
    arguments.put("awaits", state.awaitsIncident());
    arguments.put("finished", state.status.isFinished());
    arguments.put("woken", woken ? 1 : 0);
    arguments.put(
        "steps",
        values.write(
            state.steps().stream()
                .filter(step -> step.changed)
                .map(ExecutionStateStore::row)
                .toList()));
    arguments.put("attempts", values.write(work.attempts));
    List<Map<String, @Nullable Object>> events = new ArrayList<>();
    for (NewEvent event : told) {
      events.add(row(event, events.size()));
    }
    arguments.put("told", values.write(events));
    return arguments;
  }

  private static Map<String, @Nullable Object> row(StepState step) {
    Map<String, @Nullable Object> row = new HashMap<>();
    row.put("key", step.step.key());
    row.put("status", step.status.word());
    row.put("attempts", step.attempts);
    row.put("failures", step.failures);
    row.put("interruptions", step.interruptions);
    row.put("round", step.round);
    row.put("output", step.output);
    row.put("error", step.error);
    row.put("note", step.note);
    row.put("actor", step.actor);
    row.put("child", step.child);
    row.put("due_at", step.dueAt);
    row.put("expires_at", step.expiresAt);
    row.put("started_at", step.startedAt);
    row.put("finished_at", step.finishedAt);
    return row;
  }

  private Map<String, @Nullable Object> row(NewEvent event, int place) {
    Map<String, @Nullable Object> row = new HashMap<>();
    row.put("place", place);
    row.put("id", ids.next());
    row.put("kind", event.kind());
    row.put("message", event.message());
    row.put("data", event.data());
    row.put("actor", event.actor());
    return row;
  }
}
