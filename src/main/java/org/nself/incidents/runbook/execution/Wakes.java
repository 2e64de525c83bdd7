package org.nself.incidents.runbook.execution;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.SchedulerClient.ScheduleOptions;
import com.github.kagkarlsson.scheduler.exceptions.ExecutionException;
import com.github.kagkarlsson.scheduler.exceptions.TaskInstanceCurrentlyExecutingException;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.account.AccountDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has executions gone on with: in the transaction that gives reason to, and at once after it. */
final class Wakes {

  private static final Logger log = LoggerFactory.getLogger(Wakes.class);

  private final Clock clock;

  /** What this process is at, to be told that there is more to see. */
  private final Map<UUID, Runnable> here = new ConcurrentHashMap<>();

  private volatile Runnable poll = () -> {};

  Wakes(Clock clock) {
    this.clock = clock;
  }

  /**
   * Schedules an execution whose row the transaction has written, and so holds.
   *
   * <p>Where a process is at it, that is enough: it will not leave before it has seen what changed,
   * because it looks at {@code wakes} under the same lock.
   */
  void schedule(AccountDatabase.Transaction transaction, UUID execution) {
    SchedulerClient client =
        SchedulerClient.Builder.create(transaction.dataSource())
            .tableName(Tasks.TABLE)
            .jdbcCustomization(new PostgreSqlJdbcCustomization(false, false))
            .build();
    try {
      client.schedule(
          Tasks.advance(transaction.account(), execution),
          clock.instant(),
          ScheduleOptions.WHEN_EXISTS_RESCHEDULE);
    } catch (TaskInstanceCurrentlyExecutingException e) {
      log.debug("A process is at {} already", execution);
    } catch (ExecutionException e) {
      log.debug("A process took {} up at this moment", execution);
    }
    transaction.afterCommit(() -> now(execution));
  }

  private void now(UUID execution) {
    @Nullable Runnable run = here.get(execution);
    if (run == null) {
      poll.run();
    } else {
      run.run();
    }
  }

  /** Tells whoever runs an execution here, as long as it does. */
  void enter(UUID execution, Runnable told) {
    here.put(execution, told);
  }

  void leave(UUID execution, Runnable told) {
    here.remove(execution, told);
  }

  /** What makes this process look for tasks at once. */
  void pollBy(Runnable poll) {
    this.poll = poll;
  }
}
