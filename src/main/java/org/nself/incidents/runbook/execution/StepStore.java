package org.nself.incidents.runbook.execution;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Sql;
import org.nself.incidents.api.Json;
import org.nself.incidents.runbook.Definition;
import org.nself.incidents.runbook.Step;

/** The rows of np_runbook_steps and np_runbook_attempts, as the engine reads and writes them. */
final class StepStore {

  private static final Sql READ =
      Sql.of(
          """
          select step.*, child.status as child_status
          from np_runbook_steps step
          left join np_runbook_executions child
            on child.source_account_id = step.source_account_id and child.id = step.child_execution_id
          where step.source_account_id = :account and step.execution_id = :execution
          """);

  /** The steps of an execution, in the order of the definition. */
  List<StepState> read(
      AccountDatabase.Transaction transaction, UUID execution, Definition definition) {
    Map<String, StepState> steps = new LinkedHashMap<>();
    for (Step step : definition.steps()) {
      steps.put(step.key(), new StepState(step, steps.size()));
    }
    transaction.query(
        READ,
        Map.of("account", transaction.account(), "execution", execution),
        row -> {
          @Nullable StepState step = steps.get(row.getString("key"));
          if (step != null) {
            fill(step, row);
          }
          return Boolean.TRUE;
        });
    return new ArrayList<>(steps.values());
  }

  private static void fill(StepState step, ResultSet row) throws SQLException {
    step.status = StepStatus.of(row.getString("status"));
    step.attempts = row.getInt("attempts");
    step.failures = row.getInt("failures");
    step.interruptions = row.getInt("interruptions");
    step.round = row.getInt("round");
    @Nullable String output = row.getString("output");
    step.output = output == null ? null : new Json(output);
    step.error = row.getString("error");
    step.note = row.getString("note");
    step.actor = row.getString("actor");
    step.child = row.getObject("child_execution_id", UUID.class);
    @Nullable String child = row.getString("child_status");
    step.childStatus = child == null ? null : ExecutionStatus.of(child);
    step.dueAt = instant(row, "due_at");
    step.expiresAt = instant(row, "expires_at");
    step.startedAt = instant(row, "started_at");
    step.finishedAt = instant(row, "finished_at");
  }

  static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    @Nullable OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  private static final Sql OPEN =
      Sql.of(
          """
          select step_key, number, fence from np_runbook_attempts
          where source_account_id = :account and execution_id = :execution and outcome = 'running'
          """);

  /** Attempts whose end is not recorded. */
  List<State.OpenAttempt> open(AccountDatabase.Transaction transaction, UUID execution) {
    return transaction.query(
        OPEN,
        Map.of("account", transaction.account(), "execution", execution),
        row ->
            new State.OpenAttempt(
                row.getString("step_key"), row.getInt("number"), row.getLong("fence")));
  }

  private static final Sql WRITE =
      Sql.of(
          """
          update np_runbook_steps step
          set status = new.status, attempts = new.attempts, failures = new.failures, interruptions = new.interruptions,
            round = new.round, output = new.output, error = new.error, note = new.note, actor = new.actor,
            child_execution_id = new.child, due_at = new.due_at, expires_at = new.expires_at, started_at = new.started_at,
            finished_at = new.finished_at
          from jsonb_to_recordset(:steps::jsonb) new (
            key text, status text, attempts integer, failures integer, interruptions integer, round integer, output jsonb,
            error text, note text, actor text, child uuid, due_at timestamptz, expires_at timestamptz, started_at timestamptz,
            finished_at timestamptz)
          where step.source_account_id = :account and step.execution_id = :execution and step.key = new.key
          """);

  /** Writes the steps that changed. */
  void write(AccountDatabase.Transaction transaction, State state, Values values) {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (StepState step : state.steps()) {
      if (step.changed) {
        rows.add(row(step));
      }
    }
    if (!rows.isEmpty()) {
      transaction.update(
          WRITE,
          Map.of(
              "account",
              transaction.account(),
              "execution",
              state.head.id(),
              "steps",
              values.write(rows)));
    }
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

  private static final Sql ATTEMPTS =
      Sql.of(
          """
          insert into np_runbook_attempts as attempt (
            source_account_id, execution_id, step_key, number, fence, outcome, request, http_status, excerpt, error, started_at,
            finished_at)
          select :account, :execution, new.step, new.number, :fence, new.outcome, new.request, new.http_status, new.excerpt,
            new.error, coalesce(new.started_at, now()), new.finished_at
          from jsonb_to_recordset(:attempts::jsonb) new (
            step text, number integer, outcome text, request text, http_status integer, excerpt text, error text,
            started_at timestamptz, finished_at timestamptz)
          on conflict (source_account_id, execution_id, step_key, number) do update
          set outcome = excluded.outcome, http_status = excluded.http_status, excerpt = excluded.excerpt,
            error = excluded.error, finished_at = excluded.finished_at
          """);

  /** Writes attempts that begin, and the ends of those that were written before. */
  void write(
      AccountDatabase.Transaction transaction,
      Head head,
      List<AttemptRow> attempts,
      Values values) {
    if (!attempts.isEmpty()) {
      transaction.update(
          ATTEMPTS,
          Map.of(
              "account",
              transaction.account(),
              "execution",
              head.id(),
              "fence",
              head.fence(),
              "attempts",
              values.write(attempts)));
    }
  }
}
