package org.nself.incidents.runbook.execution;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.StepKind;
import org.nself.incidents.runbook.execution.engine.ApprovalDecision;
import org.nself.incidents.runbook.execution.engine.AttemptOutcome;
import org.nself.incidents.runbook.execution.engine.Decision;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.paging.Cursor;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;

/** Reads executions and their steps as clients see them. */
final class ExecutionQueries {

  private static final UUID MAX_ID = new UUID(-1L, -1L);

  private final TenantDatabase database;

  ExecutionQueries(TenantDatabase database) {
    this.database = database;
  }

  private static final SqlStatement FIND =
      SqlStatement.of(
          """
          select * from np_runbook_executions
          where source_account_id = :account and id = any(:ids::uuid[])
          """);

  Map<UUID, Execution> findAll(String account, List<UUID> ids) {
    Map<UUID, Execution> found = new HashMap<>();
    database
        .query(
            account,
            FIND,
            Map.of("account", account, "ids", texts(ids)),
            ExecutionQueries::execution)
        .forEach(execution -> found.put(execution.id(), execution));
    return found;
  }

  ExecutionTopics.@Nullable ExecutionSnapshot snapshot(String account, UUID id) {
    List<ExecutionTopics.ExecutionSnapshot> rows =
        database.query(
            account,
            FIND,
            Map.of("account", account, "ids", texts(List.of(id))),
            row ->
                new ExecutionTopics.ExecutionSnapshot(
                    row.getString("source_account_id"), execution(row)));
    return rows.isEmpty() ? null : rows.getFirst();
  }

  private static final SqlStatement VERSIONS =
      SqlStatement.of(
          """
          select id, version from np_runbook_executions
          where source_account_id = :account and id = any(:ids::uuid[])
          """);

  Map<UUID, Long> versions(String account, List<UUID> ids) {
    Map<UUID, Long> versions = new HashMap<>();
    database.query(
        account,
        VERSIONS,
        Map.of("account", account, "ids", texts(ids)),
        row -> versions.put(row.getObject("id", UUID.class), row.getLong("version")));
    return versions;
  }

  private static final String PAGES =
      """
      select owner.id as owner, execution.*
      from unnest(:owners::uuid[]) owner (id)
      cross join lateral (
        select * from np_runbook_executions
        where source_account_id = :account and %s = owner.id and id < :before::uuid
        order by id desc limit :limit
      ) execution
      order by execution.id desc
      """;
  private static final SqlStatement PAGES_OF_INCIDENTS =
      SqlStatement.of(PAGES.formatted("incident_id"));
  private static final SqlStatement PAGES_OF_RUNBOOKS =
      SqlStatement.of(PAGES.formatted("runbook_id"));

  /**
   * The same page of several lists, in one statement.
   *
   * @param filter any of the kind of the owners
   */
  Map<UUID, Page<Execution>> pages(
      String account, ExecutionFilter filter, List<UUID> owners, PageRequest page) {
    UUID before = MAX_ID;
    if (page.after() != null) {
      before =
          (UUID)
              Cursor.decode(
                      list(account, filter),
                      page.afterField(),
                      page.after(),
                      List.of(Cursor.Type.UUID))
                  .getFirst();
    }
    Map<UUID, List<Execution>> rows = new LinkedHashMap<>();
    owners.forEach(owner -> rows.put(owner, new ArrayList<>()));
    database.query(
        account,
        switch (filter) {
          case ExecutionFilter.OfIncident _ -> PAGES_OF_INCIDENTS;
          case ExecutionFilter.OfRunbook _ -> PAGES_OF_RUNBOOKS;
        },
        Map.of(
            "account",
            account,
            "owners",
            texts(owners),
            "before",
            before,
            "limit",
            page.size() + 1),
        row ->
            Objects.requireNonNull(rows.get(row.getObject("owner", UUID.class)))
                .add(execution(row)));
    Map<UUID, Page<Execution>> pages = new HashMap<>();
    rows.forEach(
        (owner, executions) ->
            pages.put(owner, Page.of(executions, page.size(), false, page.after() != null)));
    return pages;
  }

  static String cursor(String account, ExecutionFilter filter, Execution execution) {
    return Cursor.encode(list(account, filter), List.of(execution.id().toString()));
  }

  /** A cursor is valid for the lists of all owners, which have the same order. */
  private static String list(String account, ExecutionFilter filter) {
    return account + "\u001f" + filter.getClass().getSimpleName();
  }

  private static final String COUNTS =
      """
      select %1$s as owner, count(*) from np_runbook_executions
      where source_account_id = :account and %1$s = any(:owners::uuid[]) group by %1$s
      """;
  private static final SqlStatement COUNTS_OF_INCIDENTS =
      SqlStatement.of(COUNTS.formatted("incident_id"));
  private static final SqlStatement COUNTS_OF_RUNBOOKS =
      SqlStatement.of(COUNTS.formatted("runbook_id"));

  Map<UUID, Integer> counts(String account, ExecutionFilter filter, List<UUID> owners) {
    Map<UUID, Integer> counts = new HashMap<>();
    owners.forEach(owner -> counts.put(owner, 0));
    database.query(
        account,
        switch (filter) {
          case ExecutionFilter.OfIncident _ -> COUNTS_OF_INCIDENTS;
          case ExecutionFilter.OfRunbook _ -> COUNTS_OF_RUNBOOKS;
        },
        Map.of("account", account, "owners", texts(owners)),
        row -> counts.put(row.getObject("owner", UUID.class), row.getInt("count")));
    return counts;
  }

  static String[] texts(List<UUID> ids) {
    return ids.stream().map(UUID::toString).toArray(String[]::new);
  }

  private static Execution execution(ResultSet row) throws SQLException {
    return new Execution(
        row.getObject("id", UUID.class),
        row.getObject("runbook_id", UUID.class),
        row.getInt("runbook_version"),
        row.getObject("incident_id", UUID.class),
        row.getObject("parent_execution_id", UUID.class),
        row.getString("parent_step_key"),
        ExecutionStatus.parse(row.getString("status")),
        new RawJson(row.getString("inputs")),
        row.getString("started_by"),
        ResultSets.instant(row, "started_at"),
        ResultSets.instant(row, "updated_at"),
        ResultSets.optionalInstant(row, "finished_at"),
        row.getString("cancelled_by"),
        row.getString("reason"),
        row.getInt("version"));
  }

  private record StepKey(UUID execution, String step) {}

  private static final String OF_EXECUTIONS =
      " where source_account_id = :account and execution_id = any(:ids::uuid[]) order by ";
  private static final SqlStatement STEPS =
      SqlStatement.of("select * from np_runbook_steps" + OF_EXECUTIONS + "place");
  private static final SqlStatement ATTEMPTS =
      SqlStatement.of("select * from np_runbook_attempts" + OF_EXECUTIONS + "number");
  private static final SqlStatement DECISIONS =
      SqlStatement.of(
          "select * from np_runbook_decisions" + OF_EXECUTIONS + "round, decided_at, actor");

  /** Reads attempts and decisions only where the steps show that there can be any. */
  Map<UUID, List<StepView>> steps(String account, List<UUID> executions) {
    Map<String, Object> arguments = Map.of("account", account, "ids", texts(executions));
    List<StepRow> rows = database.query(account, STEPS, arguments, ExecutionQueries::stepRow);
    Map<StepKey, List<StepAttempt>> attempts = new HashMap<>();
    if (rows.stream().anyMatch(StepRow::attempted)) {
      database.query(
          account,
          ATTEMPTS,
          arguments,
          row -> attempts.computeIfAbsent(stepKey(row), _ -> new ArrayList<>()).add(attempt(row)));
    }
    Map<StepKey, List<Decision>> decisions = new HashMap<>();
    if (rows.stream().anyMatch(row -> row.step().kind() == StepKind.APPROVAL)) {
      database.query(
          account,
          DECISIONS,
          arguments,
          row ->
              decisions.computeIfAbsent(stepKey(row), _ -> new ArrayList<>()).add(decision(row)));
    }
    Map<UUID, List<StepView>> steps = new HashMap<>();
    executions.forEach(execution -> steps.put(execution, new ArrayList<>()));
    for (StepRow row : rows) {
      StepKey key = new StepKey(row.execution(), row.step().key());
      Objects.requireNonNull(steps.get(row.execution()))
          .add(
              row.step()
                  .with(
                      attempts.getOrDefault(key, List.of()),
                      decisions.getOrDefault(key, List.of())));
    }
    return steps;
  }

  /**
   * A step without attempts and decisions.
   *
   * @param attempted whether it has attempts
   */
  private record StepRow(UUID execution, boolean attempted, StepView step) {}

  private static StepKey stepKey(ResultSet row) throws SQLException {
    return new StepKey(row.getObject("execution_id", UUID.class), row.getString("step_key"));
  }

  private static StepRow stepRow(ResultSet row) throws SQLException {
    @Nullable String output = row.getString("output");
    return new StepRow(
        row.getObject("execution_id", UUID.class),
        row.getInt("attempts") > 0,
        new StepView(
            row.getString("key"),
            row.getString("title"),
            StepKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
            StepStatus.parse(row.getString("status")),
            output == null ? null : new RawJson(output),
            row.getString("error"),
            row.getString("note"),
            row.getString("actor"),
            row.getObject("child_execution_id", UUID.class),
            ResultSets.optionalInstant(row, "due_at"),
            ResultSets.optionalInstant(row, "expires_at"),
            ResultSets.optionalInstant(row, "started_at"),
            ResultSets.optionalInstant(row, "finished_at"),
            List.of(),
            List.of()));
  }

  private static StepAttempt attempt(ResultSet row) throws SQLException {
    return new StepAttempt(
        row.getInt("number"),
        AttemptOutcome.parse(row.getString("outcome")),
        row.getString("request"),
        row.getObject("http_status", Integer.class),
        row.getString("excerpt"),
        row.getString("error"),
        ResultSets.instant(row, "started_at"),
        ResultSets.optionalInstant(row, "finished_at"));
  }

  private static Decision decision(ResultSet row) throws SQLException {
    return new Decision(
        ApprovalDecision.parse(row.getString("verdict")),
        row.getString("actor"),
        row.getString("role"),
        row.getString("reason"),
        row.getInt("round"),
        ResultSets.instant(row, "decided_at"));
  }

  private static final SqlStatement DECISIONS_OF_STEP =
      SqlStatement.of(
          """
          select * from np_runbook_decisions
          where source_account_id = :account and execution_id = :execution and step_key = :step
          order by round, decided_at, actor
          """);

  /** The decisions at a step, oldest first, those of earlier rounds too. */
  List<Decision> decisions(TenantDatabase.Transaction transaction, UUID execution, String step) {
    return transaction.query(
        DECISIONS_OF_STEP,
        Map.of("account", transaction.account(), "execution", execution, "step", step),
        ExecutionQueries::decision);
  }

  /** An attempt without a response has no HTTP status. */
  private static final SqlStatement LAST_SENT_ATTEMPT =
      SqlStatement.of(
          """
          select http_status is null as unanswered from np_runbook_attempts
          where source_account_id = :account and execution_id = :execution and step_key = :step
            and outcome <> 'not_sent'
          order by number desc limit 1
          """);

  /** Whether the last request of a step that may have been sent has no known response. */
  boolean isUnanswered(TenantDatabase.Transaction transaction, UUID execution, String step) {
    return transaction
        .query(
            LAST_SENT_ATTEMPT,
            Map.of("account", transaction.account(), "execution", execution, "step", step),
            row -> row.getBoolean("unanswered"))
        .contains(true);
  }
}
