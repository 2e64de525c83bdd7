package org.nself.incidents.runbook.execution.worker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.database.UuidGenerator;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.execution.engine.Decision;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.StepState;
import org.nself.incidents.timeline.NewEvent;
import org.nself.incidents.timeline.TimelineSql;

/** Inserts executions and writes their transitions, and reads what bounds and orders writes. */
public final class ExecutionStore {

  private final TenantDatabase database;
  private final JsonValues values;
  private final UuidGenerator ids;
  private final DatabaseClock clock;

  public ExecutionStore(
      TenantDatabase database, JsonValues values, UuidGenerator ids, DatabaseClock clock) {
    this.database = database;
    this.values = values;
    this.ids = ids;
    this.clock = clock;
  }

  private static final SqlStatement COUNT_UNFINISHED =
      SqlStatement.of(
          """
          select count(*) from (
            select from np_runbook_executions
            where source_account_id = :account and status in ('running', 'waiting') limit :max) unfinished
          """);

  /** The number of unfinished executions of the account, counted up to a maximum. */
  int countUnfinished(TenantDatabase.Transaction transaction, int max) {
    return transaction
        .query(
            COUNT_UNFINISHED,
            Map.of("account", transaction.account(), "max", max),
            row -> row.getInt(1))
        .getFirst();
  }

  /** Goes up to the topmost execution and down again; the depth bounds both. */
  private static final SqlStatement COUNT_DESCENDANTS =
      SqlStatement.of(
          """
          with recursive above (id, parent) as (
            select id, parent_execution_id from np_runbook_executions
            where source_account_id = :account and id = :id
            union all
            select execution.id, execution.parent_execution_id
            from above join np_runbook_executions execution
              on execution.source_account_id = :account and execution.id = above.parent
          ),
          below (id) as (
            select id from above where parent is null
            union all
            select execution.id from below join np_runbook_executions execution
              on execution.source_account_id = :account and execution.parent_execution_id = below.id
          )
          select count(*) - 1 from (select from below limit :max + 1) counted
          """);

  /**
   * The number of executions below the topmost one above an execution, counted up to a maximum.
   *
   * @param id of the execution, which may itself be the topmost
   */
  int countDescendants(TenantDatabase.Transaction transaction, UUID id, int max) {
    return transaction
        .query(
            COUNT_DESCENDANTS,
            Map.of("account", transaction.account(), "id", id, "max", max),
            row -> row.getInt(1))
        .getFirst();
  }

  /** Inserts an execution with its steps and the task that runs it. */
  private static final SqlStatement INSERT =
      SqlStatement.of(
          """
          with execution as (
            insert into np_runbook_executions (
              source_account_id, id, runbook_id, runbook_version, incident_id, parent_execution_id, parent_step_key, depth,
              inputs, started_by)
            values (:account, :id, :runbook, :version, :incident::uuid, :parent::uuid, :parent_step::text, :depth,
              :inputs::jsonb, :actor)
            returning source_account_id, id
          ),
          task as (
            insert into np_runbook_tasks (task_name, task_instance, execution_time, picked, version)
            values (:task_name, :task, :now, false, 1)
          )
          insert into np_runbook_steps (source_account_id, execution_id, key, place, title, kind)
          select execution.source_account_id, execution.id, new.key, new.place, new.title, new.kind
          from execution, jsonb_to_recordset(:steps::jsonb) new (key text, place integer, title text, kind text)
          """);

  void insert(TenantDatabase.Transaction transaction, ExecutionState state) {
    List<Map<String, Object>> steps = new ArrayList<>();
    for (Step step : state.definition.steps()) {
      steps.add(
          Map.of(
              "key", step.key(),
              "place", steps.size(),
              "title", step.title(),
              "kind", step.kind()));
    }
    ExecutionState.Header header = state.header;
    var task = ExecutionWakeups.task(transaction.account(), header.id());
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", transaction.account());
    arguments.put("id", header.id());
    arguments.put("runbook", header.runbookId());
    arguments.put("version", header.runbookVersion());
    arguments.put("incident", header.incidentId());
    arguments.put("parent", header.parentId());
    arguments.put("parent_step", header.parentStep());
    arguments.put("depth", header.depth());
    arguments.put("inputs", header.inputs());
    arguments.put("actor", header.startedBy());
    arguments.put("task_name", task.getTaskName());
    arguments.put("task", task.getId());
    arguments.put("now", clock.instant());
    arguments.put("steps", values.write(steps));
    transaction.update(INSERT, arguments);
  }

  /** In the order in which all transactions lock: a child before its parent. */
  private static final SqlStatement LOCK_WITH_PARENT =
      SqlStatement.of(
          """
          select from np_runbook_executions
          where source_account_id = :account and id in (:id, :parent)
          order by depth desc for no key update
          """);

  /** Locks an execution and its parent until the transaction ends. */
  void lockWithParent(TenantDatabase.Transaction transaction, ExecutionState.Header header) {
    transaction.query(
        LOCK_WITH_PARENT,
        Map.of(
            "account",
            transaction.account(),
            "id",
            header.id(),
            "parent",
            Objects.requireNonNull(header.parentId())),
        row -> Boolean.TRUE);
  }

  private static final SqlStatement AWAITS_OTHERS =
      SqlStatement.of(
          """
          select from np_runbook_executions parent
          where parent.source_account_id = :account and parent.id = :parent and parent.ending is not null and exists (
            select from np_runbook_steps step
            join np_runbook_executions child
              on child.source_account_id = :account and child.id = step.child_execution_id
            where step.source_account_id = :account and step.execution_id = :parent and step.status = 'waiting'
              and child.id <> :id and child.status in ('running', 'waiting'))
          """);

  /**
   * Whether the parent of an execution that ends starts no more steps and waits for other children
   * too, so that the last of them wakes it: waking it for each would cost a run of the parent each.
   * To be called while its row is locked.
   */
  boolean isEndOfOthersAwaited(
      TenantDatabase.Transaction transaction, ExecutionState.Header header) {
    return !transaction
        .query(
            AWAITS_OTHERS,
            Map.of(
                "account",
                transaction.account(),
                "id",
                header.id(),
                "parent",
                Objects.requireNonNull(header.parentId())),
            row -> Boolean.TRUE)
        .isEmpty();
  }

  private static final SqlStatement FIND_AWAITING =
      SqlStatement.of(
          """
          select id from np_runbook_executions
          where source_account_id = :account and incident_id = :incident and awaits_incident
          """);

  /** The executions that wait for a condition over the incident. */
  List<UUID> findAwaiting(String account, UUID incident) {
    return database.query(
        account,
        FIND_AWAITING,
        Map.of("account", account, "incident", incident),
        row -> row.getObject("id", UUID.class));
  }

  /**
   * Writes a transition, with the timeline events it begins with. One statement, so that the head
   * of the incident's timeline, which all its writers share, is locked as briefly as possible. The
   * rows come from {@code written}: where that is empty, nothing is written.
   */
  private static final SqlStatement WRITE =
      SqlStatement.of(
          """
          with written as (
            update np_runbook_executions
            set status = :status, ending = :ending::text, cancelled_by = :cancelled_by::text, reason = :reason::text,
              awaits_incident = :awaits, version = version + 1, updated_at = now(),
              finished_at = case when :finished then coalesce(finished_at, now()) end,
              wakes = wakes + :changes
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
          events as (
          """
              + TimelineSql.INSERT
              + """
                select written.source_account_id, written.incident_id, new.id, new.kind, new.message, new.data, new.actor, now(), null::integer
                from written, jsonb_to_recordset(:events::jsonb) new (
                  place integer, id uuid, kind text, message text, data jsonb, actor text)
                order by new.place
              )
              select version from written
              """);

  /**
   * Writes a transition in a transaction of its own, in one round trip.
   *
   * @return false where the execution was changed or claimed in the meantime
   */
  boolean write(ExecutionTransition transition, List<NewEvent> events) {
    String account = transition.state.header.account();
    return !database
        .write(account, WRITE, arguments(transition, events, false), row -> Boolean.TRUE)
        .isEmpty();
  }

  /**
   * Writes a transition in a transaction.
   *
   * @param external whether it does not come from the worker, which then has to evaluate the
   *     execution again
   * @return false where the execution was changed or claimed in the meantime
   */
  boolean write(
      TenantDatabase.Transaction transaction,
      ExecutionTransition transition,
      List<NewEvent> events,
      boolean external) {
    return !transaction
        .query(WRITE, arguments(transition, events, external), row -> Boolean.TRUE)
        .isEmpty();
  }

  private Map<String, @Nullable Object> arguments(
      ExecutionTransition transition, List<NewEvent> events, boolean external) {
    ExecutionState state = transition.state;
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", state.header.account());
    arguments.put("id", state.header.id());
    arguments.put("fence", state.header.fencingToken());
    arguments.put("wakes", state.header.changeCount());
    arguments.put("status", state.status.value());
    arguments.put("ending", state.pendingOutcome == null ? null : state.pendingOutcome.value());
    arguments.put("cancelled_by", state.cancelledBy);
    arguments.put("reason", state.reason);
    arguments.put("awaits", state.awaitsIncident());
    arguments.put("finished", state.status.isFinished());
    arguments.put("changes", external ? 1 : 0);
    arguments.put(
        "steps",
        values.write(
            state.steps().stream()
                .filter(step -> step.changed)
                .map(ExecutionStore::stepRow)
                .toList()));
    arguments.put("attempts", values.write(transition.attempts));
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (NewEvent event : events) {
      rows.add(eventRow(event, rows.size()));
    }
    arguments.put("events", values.write(rows));
    return arguments;
  }

  private static Map<String, @Nullable Object> stepRow(StepState step) {
    Map<String, @Nullable Object> row = new HashMap<>();
    row.put("key", step.step.key());
    row.put("status", step.status.value());
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

  private Map<String, @Nullable Object> eventRow(NewEvent event, int position) {
    Map<String, @Nullable Object> row = new HashMap<>();
    row.put("place", position);
    row.put("id", ids.next());
    row.put("kind", event.kind());
    row.put("message", event.message());
    row.put("data", event.data());
    row.put("actor", event.actor());
    return row;
  }

  private static final SqlStatement INSERT_DECISION =
      SqlStatement.of(
          """
          insert into np_runbook_decisions (source_account_id, execution_id, step_key, round, actor, verdict, role, reason)
          values (:account, :execution, :step, :round, :actor, :verdict, :role, :reason::text)
          on conflict do nothing
          returning decided_at
          """);

  /**
   * @return false where the person has decided in this round already
   */
  boolean insertDecision(
      TenantDatabase.Transaction transaction, UUID execution, String step, Decision decision) {
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", transaction.account());
    arguments.put("execution", execution);
    arguments.put("step", step);
    arguments.put("round", decision.round());
    arguments.put("actor", decision.actor());
    arguments.put("verdict", decision.verdict().value());
    arguments.put("role", decision.role());
    arguments.put("reason", decision.reason());
    return !transaction.query(INSERT_DECISION, arguments, _ -> Boolean.TRUE).isEmpty();
  }
}
