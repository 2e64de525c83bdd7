package org.nself.incidents.runbook.execution.worker;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.RunbookService;
import org.nself.incidents.runbook.definition.Definition;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.JsonValues;
import org.nself.incidents.runbook.execution.engine.PendingOutcome;
import org.nself.incidents.runbook.execution.engine.StepState;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.web.input.RawJson;

/**
 * Claims, locks and reads executions: makes the state that the engine works on of their rows. What
 * the engine made of it is written by {@link ExecutionStore}.
 */
public final class ExecutionStateStore {

  /**
   * The characters of the cached definitions: an eighth of the heap at most, at up to two bytes for
   * a character and as much for objects.
   */
  private static final long MAX_CACHED_CHARACTERS = Runtime.getRuntime().maxMemory() / 32;

  private final TenantDatabase database;
  private final RunbookService runbooks;
  private final JsonValues values;

  /** Definitions of runbook versions, which never change. */
  private final Cache<VersionKey, Definition> definitions =
      Caffeine.newBuilder()
          .maximumWeight(MAX_CACHED_CHARACTERS)
          .<VersionKey, Definition>weigher((_, definition) -> definition.toString().length())
          .build();

  private record VersionKey(String account, UUID runbook, int version) {}

  public ExecutionStateStore(TenantDatabase database, RunbookService runbooks, JsonValues values) {
    this.database = database;
    this.runbooks = runbooks;
    this.values = values;
  }

  private Definition definition(String account, UUID runbook, int version) {
    return definitions.get(
        new VersionKey(account, runbook, version),
        key -> runbooks.version(key.account(), key.runbook(), key.version()).definition());
  }

  private Definition definition(ExecutionState.Header header) {
    return definition(header.account(), header.runbookId(), header.runbookVersion());
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
      (select jsonb_agg(jsonb_build_object('step', step_key, 'number', number, 'fencing_token', fence))
        from np_runbook_attempts
        where source_account_id = :account and execution_id = :id and outcome = 'running') as open_attempts,
      execution.parent_execution_id is not null and not exists (
        select from np_runbook_steps step
        join np_runbook_executions parent on parent.source_account_id = :account and parent.id = step.execution_id
        where step.source_account_id = :account and step.execution_id = execution.parent_execution_id
          and step.key = execution.parent_step_key and step.child_execution_id = :id
          and (step.status in ('succeeded', 'failed') or step.status = 'waiting' and parent.ending is null)) as abandoned
      """;

  /**
   * The steps and {@code seen} are of the moment at which the statement began; the row may be
   * newer, where the statement waited for its lock.
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
   * Claims an execution: from now on, an earlier worker can write nothing. Null where it is
   * finished.
   *
   * @throws LeaseLostException where another worker has claimed it since
   */
  @Nullable ExecutionState claim(String account, UUID id) {
    record Claim(Row row, boolean consistent) {}

    List<Claim> claims =
        database.write(
            account,
            CLAIM,
            Map.of("account", account, "id", id),
            row -> new Claim(row(row), row.getLong("current") == row.getLong("seen")));
    if (claims.isEmpty()) {
      return null;
    }
    Row row = claims.getFirst().row();
    return claims.getFirst().consistent()
        ? state(row, definition(row.header()))
        : reload(row.header());
  }

  /** One statement, so that row, steps and attempts are of the same moment. */
  private static final SqlStatement READ =
      SqlStatement.of(
          "select "
              + COLUMNS
              + """
              from np_runbook_executions execution
              where source_account_id = :account and id = :id
              """);

  /**
   * Reads a claimed execution again.
   *
   * @throws LeaseLostException where another worker has claimed it
   */
  ExecutionState reload(ExecutionState.Header header) {
    Row row =
        database
            .query(
                header.account(),
                READ,
                Map.of("account", header.account(), "id", header.id()),
                ExecutionStateStore::row)
            .getFirst();
    if (row.header().fencingToken() != header.fencingToken()) {
      throw new LeaseLostException();
    }
    return state(row, definition(header));
  }

  private static final SqlStatement HAS_FENCING_TOKEN =
      SqlStatement.of(
          """
          select from np_runbook_executions
          where source_account_id = :account and id = :id and fence = :fence
          """);

  /** Whether no other worker has claimed the execution. */
  boolean isLeaseHeld(ExecutionState.Header header) {
    return !database
        .query(
            header.account(),
            HAS_FENCING_TOKEN,
            Map.of("account", header.account(), "id", header.id(), "fence", header.fencingToken()),
            row -> Boolean.TRUE)
        .isEmpty();
  }

  private static final SqlStatement IS_UNCHANGED =
      SqlStatement.of(
          """
          select from np_runbook_executions
          where source_account_id = :account and id = :id and fence = :fence and wakes = :wakes
          """);

  /** Whether the execution is still as its worker has read it; cheaper than reading it again. */
  boolean isUnchanged(ExecutionState.Header header) {
    return !database
        .query(
            header.account(),
            IS_UNCHANGED,
            Map.of(
                "account",
                header.account(),
                "id",
                header.id(),
                "fence",
                header.fencingToken(),
                "wakes",
                header.changeCount()),
            row -> Boolean.TRUE)
        .isEmpty();
  }

  /**
   * An execution that exists.
   *
   * @param definition read beforehand, so that the transaction waits for no second connection
   */
  record Ref(UUID id, Definition definition) {}

  private static final SqlStatement FIND_VERSION =
      SqlStatement.of(
          """
          select runbook_id, runbook_version from np_runbook_executions
          where source_account_id = :account and id = :id
          """);

  /** Null where the account has none of this id. */
  @Nullable Ref find(String account, UUID id) {
    List<VersionKey> found =
        database.query(
            account,
            FIND_VERSION,
            Map.of("account", account, "id", id),
            row ->
                new VersionKey(
                    account,
                    row.getObject("runbook_id", UUID.class),
                    row.getInt("runbook_version")));
    return found.isEmpty()
        ? null
        : new Ref(id, definition(account, found.getFirst().runbook(), found.getFirst().version()));
  }

  private static final SqlStatement LOCK =
      SqlStatement.of(
          """
          select fence, wakes, status from np_runbook_executions
          where source_account_id = :account and id = :id for no key update
          """);

  /** Locks an execution until the transaction ends, and reads it. */
  ExecutionState lock(TenantDatabase.Transaction transaction, Ref ref) {
    Map<String, Object> arguments = Map.of("account", transaction.account(), "id", ref.id());
    transaction.query(LOCK, arguments, row -> Boolean.TRUE);
    // A statement of its own: the one above may have waited, and would give steps from before that.
    return state(
        transaction.query(READ, arguments, ExecutionStateStore::row).getFirst(), ref.definition());
  }

  /** The part of a locked row that tells whether its worker may leave it. */
  record LockedState(long fencingToken, long changeCount, ExecutionStatus status) {}

  /** Locks an execution until the transaction ends; null where it does not exist. */
  @Nullable LockedState lock(TenantDatabase.Transaction transaction, UUID id) {
    List<LockedState> rows =
        transaction.query(
            LOCK,
            Map.of("account", transaction.account(), "id", id),
            row ->
                new LockedState(
                    row.getLong("fence"),
                    row.getLong("wakes"),
                    ExecutionStatus.parse(row.getString("status"))));
    return rows.isEmpty() ? null : rows.getFirst();
  }

  /**
   * A row of np_runbook_executions.
   *
   * @param steps JSON, an array of {@link StepRow}
   * @param openAttempts JSON, an array of {@link ExecutionState.OpenAttempt}; null for none
   */
  private record Row(
      ExecutionState.Header header,
      ExecutionStatus status,
      @Nullable PendingOutcome pendingOutcome,
      @Nullable String cancelledBy,
      @Nullable String reason,
      @Nullable String steps,
      @Nullable String openAttempts,
      boolean abandoned) {}

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        new ExecutionState.Header(
            row.getString("source_account_id"),
            row.getObject("id", UUID.class),
            row.getObject("runbook_id", UUID.class),
            row.getString("runbook_key"),
            row.getInt("runbook_version"),
            row.getObject("incident_id", UUID.class),
            row.getObject("parent_execution_id", UUID.class),
            row.getString("parent_step_key"),
            row.getInt("depth"),
            new RawJson(row.getString("inputs")),
            row.getString("started_by"),
            row.getLong("fence"),
            row.getLong("wakes")),
        ExecutionStatus.parse(row.getString("status")),
        PendingOutcome.parse(row.getString("ending")),
        row.getString("cancelled_by"),
        row.getString("reason"),
        row.getString("steps"),
        row.getString("open_attempts"),
        row.getBoolean("abandoned"));
  }

  /**
   * A row of np_runbook_steps, as {@link #COLUMNS} builds it.
   *
   * @param output JSON as a string, so that its numbers keep their notation
   * @param childStatus the status of the execution that the step runs
   */
  record StepRow(
      String key,
      String status,
      int attempts,
      int failures,
      int interruptions,
      int round,
      @Nullable String output,
      @Nullable String error,
      @Nullable String note,
      @Nullable String actor,
      @Nullable UUID child,
      @Nullable String childStatus,
      @Nullable Instant dueAt,
      @Nullable Instant expiresAt,
      @Nullable Instant startedAt,
      @Nullable Instant finishedAt) {

    private void copyTo(StepState step) {
      step.status = StepStatus.parse(status);
      step.attempts = attempts;
      step.failures = failures;
      step.interruptions = interruptions;
      step.round = round;
      step.output = output == null ? null : new RawJson(output);
      step.error = error;
      step.note = note;
      step.actor = actor;
      step.child = child;
      step.childStatus = childStatus == null ? null : ExecutionStatus.parse(childStatus);
      step.dueAt = dueAt;
      step.expiresAt = expiresAt;
      step.startedAt = startedAt;
      step.finishedAt = finishedAt;
    }
  }

  private ExecutionState state(Row row, Definition definition) {
    Map<String, StepState> steps = new LinkedHashMap<>();
    definition.steps().forEach(step -> steps.put(step.key(), new StepState(step)));
    for (StepRow stored : values.list(row.steps(), StepRow.class)) {
      @Nullable StepState step = steps.get(stored.key());
      if (step != null) {
        stored.copyTo(step);
      }
    }
    ExecutionState state =
        new ExecutionState(
            row.header(),
            definition,
            row.status(),
            row.pendingOutcome(),
            row.abandoned(),
            values.list(row.openAttempts(), ExecutionState.OpenAttempt.class),
            steps.values());
    state.cancelledBy = row.cancelledBy();
    state.reason = row.reason();
    return state;
  }
}
