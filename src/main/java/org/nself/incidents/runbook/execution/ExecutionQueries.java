package org.nself.incidents.runbook.execution;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.BoundedRows;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.StepKind;
import org.nself.incidents.runbook.execution.engine.ApprovalDecision;
import org.nself.incidents.runbook.execution.engine.AttemptOutcome;
import org.nself.incidents.runbook.execution.engine.Decision;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.web.error.ApiException;
import org.nself.incidents.web.input.RawJson;
import org.nself.incidents.web.paging.Cursor;
import org.nself.incidents.web.paging.Page;
import org.nself.incidents.web.paging.PageRequest;
import org.nself.incidents.web.response.ResponseSizeBudget;

/** Reads executions and their steps as clients see them. */
final class ExecutionQueries {

  private static final UUID MAX_ID = new UUID(-1L, -1L);

  private final TenantDatabase database;

  ExecutionQueries(TenantDatabase database) {
    this.database = database;
  }

  /** The approximate bytes of an execution in a response, without its steps. */
  private static final String WEIGHT =
      "800 + octet_length(inputs::text) + coalesce(octet_length(reason), 0)";

  private static final String FEWER = "ask for fewer executions";

  private static final String FIND_TEXT =
      """
      select * from np_runbook_executions
      where source_account_id = :account and id = any(:ids::uuid[])
      """;

  private static final SqlStatement FIND = SqlStatement.of(FIND_TEXT);
  private static final SqlStatement FIND_ALL =
      SqlStatement.of(BoundedRows.list(FIND_TEXT + " order by id", WEIGHT));

  /**
   * Reads executions in one statement; those that the account does not have are left out.
   *
   * @throws ApiException {@code too_large}
   */
  Map<UUID, Execution> findAll(String account, List<UUID> ids, ResponseSizeBudget budget) {
    BoundedRows.Cut<Execution> read =
        BoundedRows.read(
            database,
            account,
            FIND_ALL,
            Map.of("account", account, "ids", ids),
            ExecutionQueries::execution,
            budget,
            FEWER);
    if (read.cut()) {
      throw budget.tooLarge(FEWER);
    }
    Map<UUID, Execution> found = new HashMap<>();
    read.rows().forEach(execution -> found.put(execution.id(), execution));
    return found;
  }

  @Nullable Execution find(String account, UUID id) {
    ExecutionTopics.@Nullable ExecutionSnapshot snapshot = snapshot(account, id);
    return snapshot == null ? null : snapshot.execution();
  }

  ExecutionTopics.@Nullable ExecutionSnapshot snapshot(String account, UUID id) {
    List<ExecutionTopics.ExecutionSnapshot> rows =
        database.query(
            account,
            FIND,
            Map.of("account", account, "ids", List.of(id)),
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
        Map.of("account", account, "ids", ids),
        row -> versions.put(row.getObject("id", UUID.class), row.getLong("version")));
    return versions;
  }

  private static final SqlStatement PAGES_OF_INCIDENTS = pages("incident_id");
  private static final SqlStatement PAGES_OF_RUNBOOKS = pages("runbook_id");

  private static SqlStatement pages(String owner) {
    String select =
        """
        select owner.id as owner, execution.*
        from unnest(:owners::uuid[]) owner (id)
        cross join lateral (
          select * from np_runbook_executions
          where source_account_id = :account and %s = owner.id and id < :before::uuid
          order by id desc limit :limit
        ) execution
        """
            .formatted(owner);
    return SqlStatement.of(BoundedRows.lists(select, "id desc", WEIGHT));
  }

  /**
   * The same page of several lists, in one statement. Pages end early where the response has no
   * room for more.
   *
   * @param filter any of the kind of the owners
   * @throws ApiException {@code too_large}
   */
  Map<UUID, Page<Execution>> pages(
      String account,
      ExecutionFilter filter,
      List<UUID> owners,
      PageRequest page,
      ResponseSizeBudget budget) {
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
    Map<UUID, BoundedRows.Cut<Execution>> lists =
        BoundedRows.readLists(
            database,
            account,
            switch (filter) {
              case ExecutionFilter.OfIncident _ -> PAGES_OF_INCIDENTS;
              case ExecutionFilter.OfRunbook _ -> PAGES_OF_RUNBOOKS;
            },
            owners,
            Map.of(
                "account", account, "owners", owners, "before", before, "limit", page.size() + 1),
            ExecutionQueries::execution,
            budget,
            "ask for the executions of fewer things");
    Map<UUID, Page<Execution>> pages = new HashMap<>();
    lists.forEach(
        (owner, read) ->
            pages.put(
                owner, Page.of(read.rows(), read.cut(), page.size(), false, page.after() != null)));
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
        Map.of("account", account, "owners", owners),
        row -> counts.put(row.getObject("owner", UUID.class), row.getInt("count")));
    return counts;
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
        ResultSets.optionalInstant(row, "stuck_since"),
        row.getString("stuck_reason"),
        row.getInt("version"));
  }

  private record StepKey(UUID execution, String step) {}

  private static final String OF_EXECUTIONS =
      " where source_account_id = :account and execution_id = any(:ids::uuid[]) order by ";
  private static final SqlStatement STEPS =
      all(
          "np_runbook_steps",
          "place",
          "400 + octet_length(title) + coalesce(octet_length(output::text), 0)"
              + " + coalesce(octet_length(error), 0) + coalesce(octet_length(note), 0)");
  private static final SqlStatement ATTEMPTS =
      all(
          "np_runbook_attempts",
          "number",
          "250 + coalesce(octet_length(request), 0) + coalesce(octet_length(excerpt), 0)"
              + " + coalesce(octet_length(error), 0)");
  private static final SqlStatement DECISIONS =
      all(
          "np_runbook_decisions",
          "round, decided_at, actor",
          "250 + coalesce(octet_length(reason), 0)");

  private static SqlStatement all(String table, String order, String weight) {
    return SqlStatement.of(
        BoundedRows.list("select * from " + table + OF_EXECUTIONS + order, weight));
  }

  /**
   * Reads attempts and decisions only where the steps show that there can be any.
   *
   * @throws ApiException {@code too_large}; for one execution only if it has several times more
   *     than a response should
   */
  Map<UUID, List<StepView>> steps(
      String account, List<UUID> executions, ResponseSizeBudget budget) {
    Map<String, Object> arguments = Map.of("account", account, "ids", executions);
    boolean one = executions.size() == 1;
    List<StepRow> rows =
        BoundedRows.readAll(
            database, account, STEPS, arguments, ExecutionQueries::stepRow, budget, one, FEWER);
    Map<StepKey, List<StepAttempt>> attempts = new HashMap<>();
    if (rows.stream().anyMatch(StepRow::attempted)) {
      BoundedRows.readAll(
          database,
          account,
          ATTEMPTS,
          arguments,
          row -> attempts.computeIfAbsent(stepKey(row), _ -> new ArrayList<>()).add(attempt(row)),
          budget,
          one,
          FEWER);
    }
    Map<StepKey, List<Decision>> decisions = new HashMap<>();
    if (rows.stream().anyMatch(row -> row.step().kind() == StepKind.APPROVAL)) {
      BoundedRows.readAll(
          database,
          account,
          DECISIONS,
          arguments,
          row -> decisions.computeIfAbsent(stepKey(row), _ -> new ArrayList<>()).add(decision(row)),
          budget,
          one,
          FEWER);
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
