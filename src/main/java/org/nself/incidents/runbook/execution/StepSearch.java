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
import org.nself.incidents.account.AccountDatabase;
import org.nself.incidents.account.Columns;
import org.nself.incidents.account.Sql;
import org.nself.incidents.api.Json;
import org.nself.incidents.runbook.StepKind;

/** Steps as clients see them: with their attempts and decisions, of several executions at once. */
final class StepSearch {

  private final AccountDatabase database;

  StepSearch(AccountDatabase database) {
    this.database = database;
  }

  private record Key(UUID execution, String step) {}

  private static final String OF =
      " where source_account_id = :account and execution_id = any(:ids::uuid[]) order by ";
  private static final Sql STEPS = Sql.of("select * from np_runbook_steps" + OF + "place");
  private static final Sql ATTEMPTS = Sql.of("select * from np_runbook_attempts" + OF + "number");
  private static final Sql DECISIONS =
      Sql.of("select * from np_runbook_decisions" + OF + "round, decided_at, actor");

  /** Asks for attempts and decisions only where steps say that there can be any. */
  Map<UUID, List<StepRun>> of(String account, List<UUID> executions) {
    Map<String, Object> arguments =
        Map.of("account", account, "ids", ExecutionSearch.texts(executions));
    List<Row> rows = database.query(account, STEPS, arguments, StepSearch::row);
    Map<Key, List<Attempt>> attempts = new HashMap<>();
    if (rows.stream().anyMatch(Row::attempted)) {
      database.query(
          account,
          ATTEMPTS,
          arguments,
          row -> attempts.computeIfAbsent(key(row), _ -> new ArrayList<>()).add(attempt(row)));
    }
    Map<Key, List<Decision>> decisions = new HashMap<>();
    if (rows.stream().anyMatch(row -> row.step().kind() == StepKind.APPROVAL)) {
      database.query(
          account,
          DECISIONS,
          arguments,
          row -> decisions.computeIfAbsent(key(row), _ -> new ArrayList<>()).add(decision(row)));
    }
    Map<UUID, List<StepRun>> steps = new HashMap<>();
    executions.forEach(execution -> steps.put(execution, new ArrayList<>()));
    for (Row row : rows) {
      Key key = new Key(row.execution(), row.step().key());
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
   * @param attempted whether there are attempts at it
   */
  private record Row(UUID execution, boolean attempted, StepRun step) {}

  private static Key key(ResultSet row) throws SQLException {
    return new Key(row.getObject("execution_id", UUID.class), row.getString("step_key"));
  }

  private static Row row(ResultSet row) throws SQLException {
    @Nullable String output = row.getString("output");
    return new Row(
        row.getObject("execution_id", UUID.class),
        row.getInt("attempts") > 0,
        new StepRun(
            row.getString("key"),
            row.getString("title"),
            StepKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
            StepStatus.of(row.getString("status")),
            output == null ? null : new Json(output),
            row.getString("error"),
            row.getString("note"),
            row.getString("actor"),
            row.getObject("child_execution_id", UUID.class),
            Columns.optionalInstant(row, "due_at"),
            Columns.optionalInstant(row, "expires_at"),
            Columns.optionalInstant(row, "started_at"),
            Columns.optionalInstant(row, "finished_at"),
            List.of(),
            List.of()));
  }

  private static Attempt attempt(ResultSet row) throws SQLException {
    return new Attempt(
        row.getInt("number"),
        AttemptOutcome.of(row.getString("outcome")),
        row.getString("request"),
        row.getObject("http_status", Integer.class),
        row.getString("excerpt"),
        row.getString("error"),
        Columns.instant(row, "started_at"),
        Columns.optionalInstant(row, "finished_at"));
  }

  private static Decision decision(ResultSet row) throws SQLException {
    return new Decision(
        Verdict.of(row.getString("verdict")),
        row.getString("actor"),
        row.getString("role"),
        row.getString("reason"),
        row.getInt("round"),
        Columns.instant(row, "decided_at"));
  }

  private static final Sql DECIDE =
      Sql.of(
          """
          insert into np_runbook_decisions (source_account_id, execution_id, step_key, round, actor, verdict, role, reason)
          values (:account, :execution, :step, :round, :actor, :verdict, :role, :reason::text)
          on conflict do nothing
          returning decided_at
          """);

  /** Whether it was recorded; not where the person decided in this round already. */
  boolean decide(
      AccountDatabase.Transaction transaction, UUID execution, String step, Decision decision) {
    Map<String, @Nullable Object> arguments = new HashMap<>();
    arguments.put("account", transaction.account());
    arguments.put("execution", execution);
    arguments.put("step", step);
    arguments.put("round", decision.round());
    arguments.put("actor", decision.actor());
    arguments.put("verdict", decision.verdict().word());
    arguments.put("role", decision.role());
    arguments.put("reason", decision.reason());
    return !transaction.query(DECIDE, arguments, _ -> Boolean.TRUE).isEmpty();
  }

  private static final Sql APPROVED =
      Sql.of(
          """
          select actor from np_runbook_decisions
          where source_account_id = :account and execution_id = :execution and step_key = :step and round = :round
            and verdict = 'approve'
          order by decided_at, actor
          """);

  /** Who approved a step in this round. */
  List<String> approvals(
      AccountDatabase.Transaction transaction, UUID execution, String step, int round) {
    return transaction.query(
        APPROVED,
        Map.of(
            "account", transaction.account(), "execution", execution, "step", step, "round", round),
        row -> row.getString("actor"));
  }
}
