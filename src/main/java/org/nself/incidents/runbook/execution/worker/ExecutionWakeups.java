package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerClient.ScheduleOptions;
import com.github.kagkarlsson.scheduler.exceptions.ExecutionException;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceCurrentlyExecutingException;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.SqlStatement;
import org.nself.incidents.database.TenantDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has executions gone on with: in the transaction that gives reason to, and at once after it. */
public final class ExecutionWakeups {

  private static final Logger log = LoggerFactory.getLogger(ExecutionWakeups.class);

  private final DatabaseClock clock;

  /** What this process is at, to be told that there is more to see. */
  private final Map<UUID, Runnable> here = new ConcurrentHashMap<>();

  private volatile Runnable poll = () -> {};

  public ExecutionWakeups(DatabaseClock clock) {
    this.clock = clock;
  }

  private static final SqlStatement WAKE =
      SqlStatement.of(
          """
          update np_runbook_executions set wakes = wakes + 1
          where source_account_id = :account and id = :id and status in ('running', 'waiting')
          returning id
          """);

  /** Has an execution looked at again, by whoever has it; nothing where it is finished. */
  void wake(TenantDatabase.Transaction transaction, UUID execution) {
    boolean woken =
        !transaction
            .query(
                WAKE,
                Map.of("account", transaction.account(), "id", execution),
                row -> Boolean.TRUE)
            .isEmpty();
    if (woken) {
      schedule(transaction, execution);
    }
  }

  /**
   * Schedules an execution whose row the transaction has written, and so holds.
   *
   * <p>Where a process is at it, that is enough: it will not leave before it has seen what changed,
   * because it looks at {@code wakes} under the same lock.
   */
  void schedule(TenantDatabase.Transaction transaction, UUID execution) {
    SchedulerClient client =
        SchedulerClient.Builder.create(transaction.dataSource())
            .tableName(SchedulerTasks.TABLE)
            .jdbcCustomization(new PostgreSqlJdbcCustomization(false, false))
            .build();
    try {
      client.schedule(
          SchedulerTasks.advance(transaction.account(), execution),
          now(),
          ScheduleOptions.WHEN_EXISTS_RESCHEDULE);
    } catch (TaskInstanceCurrentlyExecutingException e) {
      log.debug("A process is at {} already", execution);
    } catch (ExecutionException e) {
      log.debug("A process took {} up at this moment", execution);
    }
    transaction.afterCommit(() -> signal(execution));
  }

  /** As {@link #schedule}, of an execution that the transaction began, with its task. */
  void onCreated(TenantDatabase.Transaction transaction, UUID execution) {
    transaction.afterCommit(() -> signal(execution));
  }

  /** When what is scheduled without delay is due. */
  Instant now() {
    return clock.instant();
  }

  private void signal(UUID execution) {
    @Nullable Runnable run = here.get(execution);
    if (run == null) {
      poll.run();
    } else {
      run.run();
    }
  }

  /** Tells whoever runs an execution here, as long as it does. */
  void register(UUID execution, Runnable told) {
    here.put(execution, told);
  }

  void unregister(UUID execution, Runnable told) {
    here.remove(execution, told);
  }

  /** What makes this process look for tasks at once. */
  void setPollTrigger(Runnable poll) {
    this.poll = poll;
  }
}
