package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerClient.ScheduleOptions;
import com.github.kagkarlsson.scheduler.exceptions.ExecutionException;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceCurrentlyExecutingException;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.TaskInstanceId;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Schedules executions: a task in the transaction that gives reason to, and after the commit a
 * signal to the worker of this process that runs the execution, or to its scheduler.
 */
public final class ExecutionWakeups {

  private static final Logger log = LoggerFactory.getLogger(ExecutionWakeups.class);

  private static final int UUID_LENGTH = 36;

  private final TenantDatabase database;
  private final DatabaseClock clock;

  /** The executions that run in this process, with what signals their worker. */
  private final Map<UUID, Runnable> workers = new ConcurrentHashMap<>();

  private volatile Runnable pollTrigger = () -> {};
  private volatile Runnable onTaskEnded = () -> {};

  public ExecutionWakeups(TenantDatabase database, DatabaseClock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * What a task instance is about.
   *
   * @param id of an execution, or of an incident
   */
  record Subject(String account, UUID id) {

    /** Parses the instance's name: the id, an incident's version after a colon, the account. */
    static Subject parse(TaskInstanceId task) {
      return parse(task.getId());
    }

    /** As {@link #parse(TaskInstanceId)}. */
    static Subject parse(String name) {
      return new Subject(
          name.substring(name.indexOf(' ') + 1), UUID.fromString(name.substring(0, UUID_LENGTH)));
    }
  }

  static TaskInstance<Void> task(String account, UUID execution) {
    return ExecutionTaskHandler.TASK.instance(execution + " " + account).build();
  }

  private static final SqlStatement RAISE_CHANGE_COUNT =
      SqlStatement.of(
          """
          update np_runbook_executions set wakes = wakes + 1
          where source_account_id = :account and id = :id and status in ('running', 'waiting')
          returning id
          """);

  /** Has an execution evaluated again; does nothing where it is finished. */
  void wake(TenantDatabase.Transaction transaction, UUID execution) {
    boolean unfinished =
        !transaction
            .query(
                RAISE_CHANGE_COUNT,
                Map.of("account", transaction.account(), "id", execution),
                row -> Boolean.TRUE)
            .isEmpty();
    if (unfinished) {
      schedule(transaction, execution);
    }
  }

  /**
   * Wakes an execution whose parent no longer waits for it, so that it cancels itself. In a
   * transaction of its own: a child is locked before its parent. Where this fails, the child
   * notices when it is evaluated next.
   *
   * @return whether it succeeded
   */
  boolean wakeAbandoned(String account, UUID execution) {
    try {
      return database.transaction(
          account,
          transaction -> {
            wake(transaction, execution);
            return true;
          });
    } catch (RuntimeException e) {
      // The caller has requests in flight, which must not be lost because of this.
      log.warn("Could not signal execution {}: {}", execution, e.toString());
      return false;
    }
  }

  /**
   * Schedules an execution whose row this transaction has written, and so has locked.
   *
   * <p>Where a worker runs it, raising the change count is enough: under the same lock, a worker
   * compares it before it leaves the execution.
   */
  void schedule(TenantDatabase.Transaction transaction, UUID execution) {
    SchedulerClient client =
        SchedulerClient.Builder.create(transaction.dataSource())
            .tableName(SchedulerLifecycle.TABLE)
            .jdbcCustomization(new PostgreSqlJdbcCustomization(false, false))
            .build();
    try {
      client.schedule(
          task(transaction.account(), execution),
          clock.instant(),
          ScheduleOptions.WHEN_EXISTS_RESCHEDULE);
    } catch (TaskInstanceCurrentlyExecutingException e) {
      log.debug("Execution {} is already running", execution);
    } catch (ExecutionException e) {
      log.debug("Execution {} was claimed at the same time", execution);
    }
    transaction.afterCommit(() -> signal(execution));
  }

  /** Signals, once committed, an execution that the transaction created together with its task. */
  void onCreated(TenantDatabase.Transaction transaction, UUID execution) {
    transaction.afterCommit(() -> signal(execution));
  }

  private void signal(UUID execution) {
    @Nullable Runnable worker = workers.get(execution);
    if (worker == null) {
      pollTrigger.run();
    } else {
      worker.run();
    }
  }

  /** Makes the scheduler of this process look for tasks that are due. */
  void poll() {
    pollTrigger.run();
  }

  /** Registers the worker of an execution in this process for signals. */
  void register(UUID execution, Runnable worker) {
    workers.put(execution, worker);
  }

  void unregister(UUID execution, Runnable worker) {
    workers.remove(execution, worker);
  }

  /** A task has ended, so that this process can take another. */
  void taskEnded() {
    onTaskEnded.run();
  }

  /**
   * @param trigger makes the scheduler of this process poll at once
   * @param taskEnded called when a task has ended
   */
  void setPollTriggers(Runnable trigger, Runnable taskEnded) {
    this.pollTrigger = trigger;
    this.onTaskEnded = taskEnded;
  }
}
