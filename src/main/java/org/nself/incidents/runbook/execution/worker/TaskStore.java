package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.ResultSets;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;

/**
 * Counts deaths and failures of durable tasks, and sets those aside that would fail for ever. Only
 * tasks that have failed cost a statement here.
 */
public final class TaskStore {

  /** A process died so often during the task. */
  static final int MAX_DEATHS = 3;

  /** The task failed so often, one time after another. */
  static final int MAX_FAILURES = 10;

  private static final int MAX_REASON = 1_000;

  private final TenantDatabase database;
  private final DatabaseClock clock;
  private final ExecutionWakeups wakeups;
  private final ExecutionMetrics metrics;
  private final BiConsumer<String, UUID> onChanged;

  /**
   * @param onChanged called with the account and the id of an execution that is set aside
   */
  public TaskStore(
      TenantDatabase database,
      DatabaseClock clock,
      ExecutionWakeups wakeups,
      ExecutionMetrics metrics,
      BiConsumer<String, UUID> onChanged) {
    this.database = database;
    this.clock = clock;
    this.wakeups = wakeups;
    this.metrics = metrics;
    this.onChanged = onChanged;
  }

  /**
   * A task.
   *
   * @param name of its kind
   * @param instance the name of the task among those of its kind
   * @param subject the id of the execution or the incident
   */
  record Task(String name, String instance, String account, UUID subject) {

    boolean isExecution() {
      return name.equals(ExecutionTaskHandler.TASK.getTaskName());
    }

    static Task of(TaskInstanceId id) {
      ExecutionWakeups.Subject subject = ExecutionWakeups.Subject.parse(id.getId());
      return new Task(id.getTaskName(), id.getId(), subject.account(), subject.id());
    }

    private Map<String, Object> key() {
      return Map.of("name", name, "instance", instance);
    }

    private Map<String, Object> key(String argument, Object value) {
      return Map.of("name", name, "instance", instance, argument, value);
    }
  }

  private static final SqlStatement IS_SUSPECT =
      SqlStatement.of(
          """
          select from np_runbook_tasks
          where task_name = :name and task_instance = :instance and deaths > 0
          """);

  /** Whether a process has died during the task since it last succeeded. */
  boolean isSuspect(Task task) {
    return !database.query(task.account(), IS_SUSPECT, task.key(), _ -> true).isEmpty();
  }

  private static final SqlStatement COUNT_DEATH =
      SqlStatement.of(
          """
          update np_runbook_tasks set deaths = greatest(deaths, 1)
          where task_name = :name and task_instance = :instance
          """);

  /** Counts the death of the process that had the task; those of suspects are counted before. */
  void countDeath(Task task) {
    database.write(task.account(), COUNT_DEATH, task.key(), _ -> true);
  }

  private static final SqlStatement COUNT_START =
      SqlStatement.of(
          """
          update np_runbook_tasks set deaths = deaths + 1
          where task_name = :name and task_instance = :instance and deaths < :max
          returning deaths
          """);

  /**
   * Counts the start of a suspect as if the process died now.
   *
   * @return why it must not start; null where it may
   */
  @Nullable String countStart(Task task) {
    return database
            .write(task.account(), COUNT_START, task.key("max", MAX_DEATHS), _ -> true)
            .isEmpty()
        ? "The process died %d times while it ran".formatted(MAX_DEATHS)
        : null;
  }

  private static final SqlStatement COUNT_PAUSE =
      SqlStatement.of(
          """
          update np_runbook_tasks set deaths = deaths - 1
          where task_name = :name and task_instance = :instance and deaths > 1
          """);

  /** Takes back what {@link #countStart} counted: the process did not die. */
  void countPause(Task task) {
    database.write(task.account(), COUNT_PAUSE, task.key(), _ -> true);
  }

  private static final SqlStatement COUNT_FAILURE =
      SqlStatement.of(
          """
          update np_runbook_tasks set failures = failures + 1
          where task_name = :name and task_instance = :instance
          returning failures
          """);

  /**
   * @return how often the task has failed since it last succeeded
   */
  int countFailure(Task task) {
    List<Integer> failures =
        database.write(task.account(), COUNT_FAILURE, task.key(), row -> row.getInt(1));
    return failures.isEmpty() ? 0 : failures.getFirst();
  }

  private static final SqlStatement CLEAR =
      SqlStatement.of(
          """
          update np_runbook_tasks set deaths = 0, failures = 0
          where task_name = :name and task_instance = :instance
          """);

  /** Forgets deaths and failures: the task has succeeded. */
  void clear(Task task) {
    database.write(task.account(), CLEAR, task.key(), _ -> true);
  }

  /** Far away, so that a process of an earlier version does not start it either. */
  private static final Instant NEVER = Instant.parse("9999-01-01T00:00:00Z");

  private static final SqlStatement SET_ASIDE =
      SqlStatement.of(
          """
          update np_runbook_tasks
          set picked = false, picked_by = null, last_heartbeat = null, execution_time = :never, version = version + 1,
            stuck_since = now(), stuck_reason = :reason
          where task_name = :name and task_instance = :instance and stuck_since is null
          returning task_name
          """);

  private static final SqlStatement MARK_EXECUTION =
      SqlStatement.of(
          """
          update np_runbook_executions
          set stuck_since = now(), stuck_reason = :reason, version = version + 1, updated_at = now()
          where source_account_id = :account and id = :id
          """);

  /** Keeps a task that this process has, with the reason, until somebody brings it back. */
  void setAside(Task task, String reason) {
    String stored = reason.replace('\0', '\ufffd');
    String shortened = stored.substring(0, Math.min(stored.length(), MAX_REASON));
    boolean done =
        database.transaction(
            task.account(),
            transaction -> {
              if (task.isExecution()) {
                transaction.update(
                    MARK_EXECUTION,
                    Map.of("account", task.account(), "id", task.subject(), "reason", shortened));
              }
              return !transaction
                  .query(
                      SET_ASIDE,
                      Map.of(
                          "name",
                          task.name(),
                          "instance",
                          task.instance(),
                          "never",
                          NEVER,
                          "reason",
                          shortened),
                      _ -> true)
                  .isEmpty();
            });
    if (done) {
      metrics.setAside(task.name());
      if (task.isExecution()) {
        onChanged.accept(task.account(), task.subject());
      }
    }
  }

  private static final SqlStatement UNMARK_EXECUTION =
      SqlStatement.of(
          """
          update np_runbook_executions
          set stuck_since = null, stuck_reason = null, version = version + 1, updated_at = now()
          where source_account_id = :account and id = :id and stuck_since is not null
          returning id
          """);

  /** One more death sets it aside again. */
  private static final SqlStatement BRING_BACK =
      SqlStatement.of(
          """
          update np_runbook_tasks
          set stuck_since = null, stuck_reason = null, failures = 0,
            deaths = case when deaths > 0 then :deaths else 0 end, execution_time = :now, version = version + 1
          where task_name = :name and account = :account and task_instance like :instances
            and stuck_since is not null and not picked
          returning task_instance
          """);

  /** Brings the task of an execution back; does nothing where it was not set aside. */
  public void bringBack(TenantDatabase.Transaction transaction, UUID execution) {
    boolean marked =
        !transaction
            .query(
                UNMARK_EXECUTION,
                Map.of("account", transaction.account(), "id", execution),
                _ -> true)
            .isEmpty();
    if (marked) {
      bringBack(transaction, ExecutionTaskHandler.TASK.getTaskName(), execution + " %");
      transaction.afterCommit(() -> onChanged.accept(transaction.account(), execution));
    }
  }

  /** Brings the evaluations of triggers for an incident back. */
  public void bringBackEvaluations(TenantDatabase.Transaction transaction, UUID incident) {
    bringBack(transaction, IncidentChangeHandler.TASK.getTaskName(), incident + ":%");
  }

  private void bringBack(TenantDatabase.Transaction transaction, String name, String instances) {
    transaction.query(
        BRING_BACK,
        Map.of(
            "account",
            transaction.account(),
            "name",
            name,
            "instances",
            instances,
            "deaths",
            MAX_DEATHS - 1,
            "now",
            clock.instant()),
        _ -> true);
    transaction.afterCommit(wakeups::poll);
  }

  /** An evaluation of triggers that was set aside. */
  public record StuckEvaluation(UUID incidentId, Instant since, String reason) {

    private static final int OTHER_BYTES = 128;

    /** About its bytes in a response. */
    public long weight() {
      return (long) OTHER_BYTES + reason.length();
    }
  }

  private static final SqlStatement STUCK_EVALUATIONS =
      SqlStatement.of(
          """
          select task_instance, stuck_since, stuck_reason from np_runbook_tasks
          where task_name = :name and account = :account and stuck_since is not null
          order by stuck_since limit :max
          """);

  /** The evaluations of triggers of an account that are set aside, oldest first. */
  public List<StuckEvaluation> stuckEvaluations(String account, int max) {
    return database.query(
        account,
        STUCK_EVALUATIONS,
        Map.of("name", IncidentChangeHandler.TASK.getTaskName(), "account", account, "max", max),
        row ->
            new StuckEvaluation(
                ExecutionWakeups.Subject.parse(row.getString("task_instance")).id(),
                ResultSets.instant(row, "stuck_since"),
                row.getString("stuck_reason")));
  }
}
