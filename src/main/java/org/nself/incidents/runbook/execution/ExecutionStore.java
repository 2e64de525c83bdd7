package org.nself.incidents.runbook.execution;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Sql;
import org.nself.incidents.api.Json;
import org.nself.incidents.runbook.Definition;

/**
 * The rows of np_runbook_executions, as the engine reads and writes them. What clients see is read
 * in {@link ExecutionSearch}.
 */
final class ExecutionStore {

  private final AccountDatabase database;
  private final StepStore steps;
  private final Definitions definitions;
  private final Values values;

  ExecutionStore(
      AccountDatabase database, StepStore steps, Definitions definitions, Values values) {
    this.database = database;
    this.steps = steps;
    this.definitions = definitions;
    this.values = values;
  }

  /** A row, without the steps. */
  private record Row(
      Head head,
      @Nullable String runbookKey,
      ExecutionStatus status,
      @Nullable Ending ending,
      @Nullable String cancelledBy,
      @Nullable String reason) {}

  /**
   * An execution to be written down.
   *
   * @param inputs checked, with the defaults
   */
  record Start(
      UUID id,
      Origin origin,
      @Nullable UUID incident,
      @Nullable UUID parent,
      @Nullable String parentStep,
      int depth,
      Json inputs,
      String actor) {}

  private static final Sql INSERT =
      Sql.of(
          """
          with execution as (
            insert into np_runbook_executions (
              source_account_id, id, runbook_id, runbook_version, incident_id, parent_execution_id, parent_step_key, depth,
              inputs, started_by)
            values (:account, :id, :runbook, :version, :incident::uuid, :parent::uuid, :parent_step::text, :depth,
              :inputs::jsonb, :actor)
            returning source_account_id, id
          )
          insert into np_runbook_steps (source_account_id, execution_id, key, place, title, kind)
          select execution.source_account_id, execution.id, new.key, new.place, new.title, new.kind
          from execution, jsonb_to_recordset(:steps::jsonb) new (key text, place integer, title text, kind text)
          """);

  void insert(AccountDatabase.Transaction transaction, Start start) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (var step : start.origin().definition().steps()) {
      rows.add(
          Map.of(
              "key", step.key(),
              "place", rows.size(),
              "title", step.title(),
              "kind", step.kind()));
    }
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
    arguments.put("steps", values.write(rows));
    transaction.update(INSERT, arguments);
  }

  private static final Sql UNFINISHED =
      Sql.of(
          """
          select count(*) from (
            select from np_runbook_executions
            where source_account_id = :account and status in ('running', 'waiting') limit :most) unfinished
          """);

  /** How many executions of the account are not finished, counted no further than this. */
  int unfinished(AccountDatabase.Transaction transaction, int most) {
    return transaction
        .query(
            UNFINISHED,
            Map.of("account", transaction.account(), "most", most),
            row -> row.getInt(1))
        .getFirst();
  }

  private static final String COLUMNS =
      "execution.*, (select key from np_runbooks where source_account_id = :account and id ="
          + " execution.runbook_id) as runbook_key";

  private static final Sql CLAIM =
      Sql.of(
          """
          update np_runbook_executions execution set fence = fence + 1
          where source_account_id = :account and id = :id and status in ('running', 'waiting')
          returning
          """
              + COLUMNS);

  /**
   * Takes an execution up: from now on, whoever had it before cannot write any more. Null where
   * there is nothing more to do in it.
   */
  @Nullable State claim(String account, UUID id) {
    List<Row> rows =
        database.query(account, CLAIM, Map.of("account", account, "id", id), ExecutionStore::row);
    return rows.isEmpty() ? null : reload(rows.getFirst().head(), true);
  }

  private static final Sql READ =
      Sql.of(
          "select "
              + COLUMNS
              + """

              from np_runbook_executions execution
              where source_account_id = :account and id = :id
              """);

  /**
   * Reads an execution again. Where it changes between two of the statements, its {@code wakes} are
   * older than what is read, and what is made of it is refused.
   *
   * @param first whether what processes before this one left open is wanted
   * @throws Superseded where another process has taken it up
   */
  State reload(Head head, boolean first) {
    var definition = definitions.of(head.account(), head.runbookId(), head.runbookVersion());
    return database.transaction(
        head.account(),
        transaction -> {
          Row row =
              transaction
                  .query(
                      READ, Map.of("account", head.account(), "id", head.id()), ExecutionStore::row)
                  .getFirst();
          if (row.head().fence() != head.fence()) {
            throw new Superseded();
          }
          return state(
              row,
              new Origin(head.runbookId(), row.runbookKey(), head.runbookVersion(), definition),
              first ? steps.open(transaction, head.id()) : List.of(),
              steps.read(transaction, head.id(), definition));
        });
  }

  private static final Sql LOCK =
      Sql.of(
          "select "
              + COLUMNS
              + """

              from np_runbook_executions execution
              where source_account_id = :account and id = :id for no key update
              """);

  /** The execution, which nobody else writes until the transaction ends. */
  State lock(AccountDatabase.Transaction transaction, Ref ref) {
    Row row =
        transaction
            .query(
                LOCK, Map.of("account", transaction.account(), "id", ref.id()), ExecutionStore::row)
            .getFirst();
    Definition definition = ref.definition();
    return state(
        row,
        new Origin(
            row.head().runbookId(), row.runbookKey(), row.head().runbookVersion(), definition),
        List.of(),
        steps.read(transaction, ref.id(), definition));
  }

  /**
   * An execution that is there.
   *
   * @param definition read before, so that a transaction waits for no other connection
   */
  record Ref(UUID id, Definition definition) {}

  private record Version(UUID runbook, int version) {}

  private static final Sql FIND =
      Sql.of(
          """
          select runbook_id, runbook_version from np_runbook_executions
          where source_account_id = :account and id = :id
          """);

  /** Null where the account has none of this id. */
  @Nullable Ref find(String account, UUID id) {
    List<Version> rows =
        database.query(
            account,
            FIND,
            Map.of("account", account, "id", id),
            row ->
                new Version(
                    row.getObject("runbook_id", UUID.class), row.getInt("runbook_version")));
    return rows.isEmpty()
        ? null
        : new Ref(
            id, definitions.of(account, rows.getFirst().runbook(), rows.getFirst().version()));
  }

  private static final Sql WRITE =
      Sql.of(
          """
          update np_runbook_executions
          set status = :status, ending = :ending::text, cancelled_by = :cancelled_by::text, reason = :reason::text,
            awaits_incident = :awaits, version = version + 1, updated_at = now(),
            finished_at = case when :finished then coalesce(finished_at, now()) end,
            wakes = wakes + :woken
          where source_account_id = :account and id = :id and fence = :fence and wakes = :wakes
          returning version
          """);

  /**
   * Writes what a piece of work came to: the execution, its steps and their attempts.
   *
   * @param woken whether whoever has the execution is to look at it again
   * @return whether it was written; not where the execution was changed or taken up meanwhile
   */
  boolean write(AccountDatabase.Transaction transaction, Work work, boolean woken) {
    State state = work.state;
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", transaction.account());
    arguments.put("id", state.head.id());
    arguments.put("fence", state.head.fence());
    arguments.put("wakes", state.head.wakes());
    arguments.put("status", state.status.word());
    arguments.put("ending", state.ending == null ? null : state.ending.word());
    arguments.put("cancelled_by", state.cancelledBy);
    arguments.put("reason", state.reason);
    arguments.put("awaits", state.awaitsIncident());
    arguments.put("finished", state.status.isFinished());
    arguments.put("woken", woken ? 1 : 0);
    if (transaction.query(WRITE, arguments, row -> row.getInt("version")).isEmpty()) {
      return false;
    }
    steps.write(transaction, state, values);
    steps.write(transaction, state.head, work.attempts, values);
    return true;
  }

  private static final Sql WAKE =
      Sql.of(
          """
          update np_runbook_executions set wakes = wakes + 1
          where source_account_id = :account and id = :id and status in ('running', 'waiting')
          returning id
          """);

  /** Has whoever has the execution look at it again; false where it is finished. */
  boolean wake(AccountDatabase.Transaction transaction, UUID id) {
    return !transaction
        .query(
            WAKE,
            Map.of("account", transaction.account(), "id", id),
            row -> row.getObject("id", UUID.class))
        .isEmpty();
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

  private static State state(
      Row row, Origin origin, List<State.OpenAttempt> open, List<StepState> steps) {
    State state = new State(row.head(), origin, row.status(), row.ending(), open, steps);
    state.cancelledBy = row.cancelledBy();
    state.reason = row.reason();
    return state;
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
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
            row.getLong("wakes")),
        row.getString("runbook_key"),
        ExecutionStatus.of(row.getString("status")),
        Ending.of(row.getString("ending")),
        row.getString("cancelled_by"),
        row.getString("reason"));
  }
}
