package org.nself.incidents.runbook.execution.worker;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.definition.Step;
import org.nself.incidents.runbook.execution.ExecutionQueries;
import org.nself.incidents.runbook.execution.engine.ExecutionLease;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.PendingOutcome;
import org.nself.incidents.runbook.execution.engine.RunbookVersionRef;
import org.nself.incidents.runbook.execution.engine.StepState;
import org.nself.incidents.web.input.RawJson;

/**
 * The rows of np_runbook_executions, as the engine takes them up and reads them. What clients see
 * is read in {@link ExecutionQueries}.
 */
public final class ExecutionStore {

  private final TenantDatabase database;
  private final RunbookVersionCache definitions;
  private final JsonValues values;

  public ExecutionStore(
      TenantDatabase database, RunbookVersionCache definitions, JsonValues values) {
    this.database = database;
    this.definitions = definitions;
    this.values = values;
  }

  private static final String COLUMNS =
      """
      execution.*,
      (select key from np_runbooks where source_account_id = :account and id = execution.runbook_id) as runbook_key,
      (select jsonb_agg(jsonb_build_object(
          'key', step.key, 'status', step.status, 'attempts', step.attempts, 'failures', step.failures,
          'interruptions', step.interruptions, 'round', step.round, 'output', step.output::text,
          'error', step.error, 'note', step.note, 'actor', step.actor, 'child', step.child_execution_id,
          'child_status', child.status, 'due_at', step.due_at, 'expires_at', step.expires_at,
          'started_at', step.started_at, 'finished_at', step.finished_at))
        from np_runbook_steps step
        left join np_runbook_executions child
          on child.source_account_id = :account and child.id = step.child_execution_id
        where step.source_account_id = :account and step.execution_id = :id) as steps,
      (select jsonb_agg(jsonb_build_object('step', step_key, 'number', number, 'fence', fence))
        from np_runbook_attempts
        where source_account_id = :account and execution_id = :id and outcome = 'running') as open,
      execution.parent_execution_id is not null and not exists (
        select from np_runbook_steps step
        join np_runbook_executions parent on parent.source_account_id = :account and parent.id = step.execution_id
        where step.source_account_id = :account and step.execution_id = execution.parent_execution_id
          and step.key = execution.parent_step_key and step.child_execution_id = :id
          and (step.status in ('succeeded', 'failed') or step.status = 'waiting' and parent.ending is null)) as unwanted
      """;

  /**
   * What comes with the row is of the moment at which the statement began, {@code seen} among it;
   * the row itself may have been waited for.
   */
  private static final SqlStatement CLAIM =
      SqlStatement.of(
          """
          update np_runbook_executions execution set fence = fence + 1
          where source_account_id = :account and id = :id and status in ('running', 'waiting')
          returning version + wakes as current,
            (select version + wakes from np_runbook_executions where source_account_id = :account and id = :id) as seen,
          """
              + COLUMNS);

  /**
   * An execution that was taken up.
   *
   * @param whole whether its steps are of the same moment as its row: nobody wrote or woke it while
   *     it was waited for
   */
  private record Claimed(Row row, boolean whole) {}

  /**
   * Takes an execution up: from now on, whoever had it before cannot write any more. Null where
   * there is nothing more to do in it.
   *
   * @throws LeaseLostException where another process has taken it up since
   */
  @Nullable ExecutionState claim(String account, UUID id) {
    List<Claimed> claimed =
        database.write(
            account,
            CLAIM,
            Map.of("account", account, "id", id),
            row -> new Claimed(row(row), row.getLong("current") == row.getLong("seen")));
    if (claimed.isEmpty()) {
      return null;
    }
    Row row = claimed.getFirst().row();
    return claimed.getFirst().whole() ? state(row, definition(row.head())) : reload(row.head());
  }

  /** One statement, so that all of it is of the same moment. */
  private static final SqlStatement READ =
      SqlStatement.of(
          "select "
              + COLUMNS
              + """
              from np_runbook_executions execution
              where source_account_id = :account and id = :id
              """);

  /**
   * Reads an execution again.
   *
   * @throws LeaseLostException where another process has taken it up
   */
  ExecutionState reload(ExecutionLease head) {
    Row row =
        database
            .query(
                head.account(),
                READ,
                Map.of("account", head.account(), "id", head.id()),
                ExecutionStore::row)
            .getFirst();
    if (row.head().fencingToken() != head.fencingToken()) {
      throw new LeaseLostException();
    }
    return state(row, definition(head));
  }

  private static final SqlStatement FENCE =
      SqlStatement.of(
          """
          select from np_runbook_executions
          where source_account_id = :account and id = :id and fence = :fence
          """);

  /** Whether nobody else has taken the execution up. */
  boolean isHeld(ExecutionLease head) {
    return !database
        .query(
            head.account(),
            FENCE,
            Map.of("account", head.account(), "id", head.id(), "fence", head.fencingToken()),
            row -> Boolean.TRUE)
        .isEmpty();
  }

  private Definition definition(ExecutionLease head) {
    return definitions.of(head.account(), head.runbookId(), head.runbookVersion());
  }

  private static final SqlStatement LOCK =
      SqlStatement.of(
          """
          select from np_runbook_executions
          where source_account_id = :account and id = :id for no key update
          """);

  /** The execution, which nobody else writes until the transaction ends. */
  ExecutionState lock(TenantDatabase.Transaction transaction, Ref ref) {
    Map<String, Object> arguments = Map.of("account", transaction.account(), "id", ref.id());
    transaction.query(LOCK, arguments, row -> Boolean.TRUE);
    // Only now: what the statement before waited for, it would have read as it was before.
    return state(
        transaction.query(READ, arguments, ExecutionStore::row).getFirst(), ref.definition());
  }

  /**
   * An execution that is there.
   *
   * @param definition read before, so that a transaction waits for no other connection
   */
  record Ref(UUID id, Definition definition) {}

  private record Version(UUID runbook, int number) {}

  private static final SqlStatement FIND =
      SqlStatement.of(
          """
          select runbook_id, runbook_version from np_runbook_executions
          where source_account_id = :account and id = :id
          """);

  /** Null where the account has none of this id. */
  @Nullable Ref find(String account, UUID id) {
    List<Version> found =
        database.query(
            account,
            FIND,
            Map.of("account", account, "id", id),
            row ->
                new Version(
                    row.getObject("runbook_id", UUID.class), row.getInt("runbook_version")));
    return found.isEmpty()
        ? null
        : new Ref(
            id, definitions.of(account, found.getFirst().runbook(), found.getFirst().number()));
  }

  /** Where an execution stands while nobody else changes it: until the transaction ends. */
  record LockedState(long fence, long wakes, ExecutionStatus status) {}

  private static final SqlStatement STANDING =
      SqlStatement.of(
          """
          select fence, wakes, status from np_runbook_executions
          where source_account_id = :account and id = :id for no key update
          """);

  @Nullable LockedState standing(TenantDatabase.Transaction transaction, UUID id) {
    List<LockedState> rows =
        transaction.query(
            STANDING,
            Map.of("account", transaction.account(), "id", id),
            row ->
                new LockedState(
                    row.getLong("fence"),
                    row.getLong("wakes"),
                    ExecutionStatus.of(row.getString("status"))));
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private static final SqlStatement AWAITING =
      SqlStatement.of(
          """
          select id from np_runbook_executions
          where source_account_id = :account and incident_id = :incident and awaits_incident
          """);

  /** The executions that wait for the incident to change. */
  List<UUID> awaiting(String account, UUID incident) {
    return database.query(
        account,
        AWAITING,
        Map.of("account", account, "incident", incident),
        row -> row.getObject("id", UUID.class));
  }

  /**
   * A row, with what was read beside it.
   *
   * @param steps JSON, an array of {@link StepRow}
   * @param open JSON, an array of {@link ExecutionState.OpenAttempt}; null for none
   */
  private record Row(
      ExecutionLease head,
      @Nullable String runbookKey,
      ExecutionStatus status,
      @Nullable PendingOutcome ending,
      @Nullable String cancelledBy,
      @Nullable String reason,
      @Nullable String steps,
      @Nullable String open,
      boolean unwanted) {}

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        new ExecutionLease(
            row.getString("source_account_id"),
            row.getObject("id", UUID.class),
            row.getObject("runbook_id", UUID.class),
            row.getInt("runbook_version"),
            row.getObject("incident_id", UUID.class),
            row.getObject("parent_execution_id", UUID.class),
            row.getInt("depth"),
            new RawJson(row.getString("inputs")),
            row.getString("started_by"),
            row.getLong("fence"),
            row.getLong("wakes")),
        row.getString("runbook_key"),
        ExecutionStatus.of(row.getString("status")),
        PendingOutcome.of(row.getString("ending")),
        row.getString("cancelled_by"),
        row.getString("reason"),
        row.getString("steps"),
        row.getString("open"),
        row.getBoolean("unwanted"));
  }

  private ExecutionState state(Row row, Definition definition) {
    Map<String, StepState> steps = new LinkedHashMap<>();
    for (Step step : definition.steps()) {
      steps.put(step.key(), new StepState(step, steps.size()));
    }
    for (StepRow stored : values.list(row.steps(), StepRow.class)) {
      @Nullable StepState step = steps.get(stored.key());
      if (step != null) {
        stored.fill(step);
      }
    }
    ExecutionLease head = row.head();
    ExecutionState state =
        new ExecutionState(
            head,
            new RunbookVersionRef(
                head.runbookId(), row.runbookKey(), head.runbookVersion(), definition),
            row.status(),
            row.ending(),
            row.unwanted(),
            values.list(row.open(), ExecutionState.OpenAttempt.class),
            List.copyOf(steps.values()));
    state.cancelledBy = row.cancelledBy();
    state.reason = row.reason();
    return state;
  }
}
