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
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.runbook.definition.StepKind;
import org.nself.incidents.runbook.execution.engine.ApprovalDecision;
import org.nself.incidents.runbook.execution.engine.AttemptOutcome;
import org.nself.incidents.runbook.execution.engine.Decision;
import org.nself.incidents.runbook.execution.engine.StepStatus;
import org.nself.incidents.web.input.RawJson;

/** Reads steps as clients see them: with attempts and decisions, for several executions at once. */
final class StepQueries {

  private final TenantDatabase database;

  StepQueries(TenantDatabase database) {
    this.database = database;
  }

  private record Key(UUID execution, String step) {}

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
  Map<UUID, List<StepView>> findAll(String account, List<UUID> executions) {
    Map<String, Object> arguments =
        Map.of("account", account, "ids", ExecutionQueries.texts(executions));
    List<Row> rows = database.query(account, STEPS, arguments, StepQueries::row);
    Map<Key, List<StepAttempt>> attempts = new HashMap<>();
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
    Map<UUID, List<StepView>> steps = new HashMap<>();
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
   * @param attempted whether it has attempts
   */
  private record Row(UUID execution, boolean attempted, StepView step) {}

  private static Key key(ResultSet row) throws SQLException {
    return new Key(row.getObject("execution_id", UUID.class), row.getString("step_key"));
  }

  private static Row row(ResultSet row) throws SQLException {
    @Nullable String output = row.getString("output");
    return new Row(
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
        StepQueries::decision);
  }
}
