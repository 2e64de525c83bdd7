package org.nself.incidents.runbook.execution;

import java.sql.ResultSet;
import java.sql.SQLException;
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

/**
 * The rows of np_runbook_executions, as the engine takes them up and reads them. What clients see
 * is read in {@link ExecutionSearch}.
 */
final class ExecutionStore {

  private final AccountDatabase database;
  private final Definitions definitions;
  private final Values values;

  ExecutionStore(AccountDatabase database, Definitions definitions, Values values) {
    this.database = database;
    this.definitions = definitions;
    this.values = values;
  }

  private static final Sql CLAIM =
      Sql.of(
          """
          update np_runbook_executions set fence = fence + 1
          where source_account_id = :account and id = :id and status in ('running', 'waiting')
          returning fence, runbook_id, runbook_version
          """);

  /** An execution that was taken up. */
  private record Claimed(long fence, Version version) {}

  /**
   * Takes an execution up: from now on, whoever had it before cannot write any more. Null where
   * there is nothing more to do in it.
   *
   * @throws Superseded where another process has taken it up since
   */
  @Nullable State claim(String account, UUID id) {
    List<Claimed> claimed =
        database.query(
            account,
            CLAIM,
            Map.of("account", account, "id", id),
            row -> new Claimed(row.getLong("fence"), version(row)));
    return claimed.isEmpty()
        ? null
        : read(account, id, claimed.getFirst().fence(), claimed.getFirst().version());
  }

  /** One statement, so that all of it is of the same moment. */
  private static final Sql READ =
      Sql.of(
          """
          select execution.*,
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
              where source_account_id = :account and execution_id = :id and outcome = 'running') as open
          from np_runbook_executions execution
          where source_account_id = :account and id = :id
          """);

  /**
   * Reads an execution again.
   *
   * @throws Superseded where another process has taken it up
   */
  State reload(Head head) {
    return read(
        head.account(),
        head.id(),
        head.fence(),
        new Version(head.runbookId(), head.runbookVersion()));
  }

  private State read(String account, UUID id, long fence, Version version) {
    Definition definition = definitions.of(account, version.runbook(), version.number());
    State state =
        database
            .query(
                account, READ, Map.of("account", account, "id", id), row -> state(row, definition))
            .getFirst();
    if (state.head.fence() != fence) {
      throw new Superseded();
    }
    return state;
  }

  private static final Sql LOCK =
      Sql.of(
          """
          select from np_runbook_executions
          where source_account_id = :account and id = :id for no key update
          """);

  /** The execution, which nobody else writes until the transaction ends. */
  State lock(AccountDatabase.Transaction transaction, Ref ref) {
    Map<String, Object> arguments = Map.of("account", transaction.account(), "id", ref.id());
    transaction.query(LOCK, arguments, row -> Boolean.TRUE);
    // Only now: what the statement before waited for, it would have read as it was before.
    return transaction.query(READ, arguments, row -> state(row, ref.definition())).getFirst();
  }

  /**
   * An execution that is there.
   *
   * @param definition read before, so that a transaction waits for no other connection
   */
  record Ref(UUID id, Definition definition) {}

  private record Version(UUID runbook, int number) {}

  private static Version version(ResultSet row) throws SQLException {
    return new Version(row.getObject("runbook_id", UUID.class), row.getInt("runbook_version"));
  }

  private static final Sql FIND =
      Sql.of(
          """
          select runbook_id, runbook_version from np_runbook_executions
          where source_account_id = :account and id = :id
          """);

  /** Null where the account has none of this id. */
  @Nullable Ref find(String account, UUID id) {
    List<Version> found =
        database.query(
            account, FIND, Map.of("account", account, "id", id), ExecutionStore::version);
    return found.isEmpty()
        ? null
        : new Ref(
            id, definitions.of(account, found.getFirst().runbook(), found.getFirst().number()));
  }

  /** Where an execution stands while nobody else changes it: until the transaction ends. */
  record Standing(long fence, long wakes, ExecutionStatus status) {}

  private static final Sql STANDING =
      Sql.of(
          """
          select fence, wakes, status from np_runbook_executions
          where source_account_id = :account and id = :id for no key update
          """);

  @Nullable Standing standing(AccountDatabase.Transaction transaction, UUID id) {
    List<Standing> rows =
        transaction.query(
            STANDING,
            Map.of("account", transaction.account(), "id", id),
            row ->
                new Standing(
                    row.getLong("fence"),
                    row.getLong("wakes"),
                    ExecutionStatus.of(row.getString("status"))));
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private static final Sql AWAITING =
      Sql.of(
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

  private State state(ResultSet row, Definition definition) throws SQLException {
    Head head =
        new Head(
            row.getString("source_account_id"),
            row.getObject("id", UUID.class),
            row.getObject("runbook_id", UUID.class),
            row.getInt("runbook_version"),
            row.getObject("incident_id", UUID.class),
            row.getObject("parent_execution_id", UUID.class),
            row.getInt("depth"),
            new Json(row.getString("inputs")),
            row.getString("started_by"),
            row.getLong("fence"),
            row.getLong("wakes"));
    Map<String, StepState> steps = new LinkedHashMap<>();
    for (Step step : definition.steps()) {
      steps.put(step.key(), new StepState(step, steps.size()));
    }
    for (StepRow stored : values.list(row.getString("steps"), StepRow.class)) {
      @Nullable StepState step = steps.get(stored.key());
      if (step != null) {
        stored.fill(step);
      }
    }
    State state =
        new State(
            head,
            new Origin(
                head.runbookId(), row.getString("runbook_key"), head.runbookVersion(), definition),
            ExecutionStatus.of(row.getString("status")),
            Ending.of(row.getString("ending")),
            values.list(row.getString("open"), State.OpenAttempt.class),
            List.copyOf(steps.values()));
    state.cancelledBy = row.getString("cancelled_by");
    state.reason = row.getString("reason");
    return state;
  }
}
