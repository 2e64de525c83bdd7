package org.nself.incidents.runbook.execution.worker;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.RunbookVersionRef;
import org.nself.incidents.web.input.RawJson;

/** Writes executions down that begin. */
public final class StartStore {

  private final JsonValues values;

  public StartStore(JsonValues values) {
    this.values = values;
  }

  /**
   * An execution to be written down.
   *
   * @param inputs checked, with the defaults
   */
  record Start(
      UUID id,
      RunbookVersionRef origin,
      @Nullable UUID incident,
      @Nullable UUID parent,
      @Nullable String parentStep,
      int depth,
      RawJson inputs,
      String actor) {}

  /** With its steps, and the task that has it gone on with: new, as the execution is. */
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

  void insert(TenantDatabase.Transaction transaction, Start start, Instant now) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (var step : start.origin().definition().steps()) {
      rows.add(
          Map.of(
              "key", step.key(),
              "place", rows.size(),
              "title", step.title(),
              "kind", step.kind()));
    }
    var task = SchedulerTasks.advance(transaction.account(), start.id());
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", transaction.account());
    arguments.put("id", start.id());
    arguments.put("runbook", start.origin().runbookId());
    arguments.put("version", start.origin().version());
    arguments.put("incident", start.incident());
    arguments.put("parent", start.parent());
    arguments.put("parent_step", start.parentStep());
    arguments.put("depth", start.depth());
    arguments.put("inputs", start.inputs());
    arguments.put("actor", start.actor());
    arguments.put("task_name", task.getTaskName());
    arguments.put("task", task.getId());
    arguments.put("now", now);
    arguments.put("steps", values.write(rows));
    transaction.update(INSERT, arguments);
  }

  private static final SqlStatement UNFINISHED =
      SqlStatement.of(
          """
          select count(*) from (
            select from np_runbook_executions
            where source_account_id = :account and status in ('running', 'waiting') limit :most) unfinished
          """);

  /** How many executions of the account are not finished, counted no further than this. */
  int unfinished(TenantDatabase.Transaction transaction, int most) {
    return transaction
        .query(
            UNFINISHED,
            Map.of("account", transaction.account(), "most", most),
            row -> row.getInt(1))
        .getFirst();
  }
}
