package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.nself.incidents.database.DatabasePool;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Takes up what is due, here and from processes that have died, as db-scheduler finds it. Has
 * connections of its own: what a run holds must not keep a heartbeat waiting, and a run that leaves
 * an execution holds its row while the task is written.
 */
public final class SchedulerLifecycle implements SmartLifecycle, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SchedulerLifecycle.class);

  /** A process that shows no life for four of these is taken for dead. */
  private static final Duration HEARTBEAT = Duration.ofMillis(1_500);

  private static final int MISSED = 4;

  /** What another process schedules is found so late at most. */
  private static final Duration POLL = Duration.ofMillis(500);

  /** Twice this, and what comes before it, is within what a stop may take. */
  private static final Duration DRAIN = Duration.ofSeconds(8);

  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LAST_RETRY = Duration.ofSeconds(60);

  /** Next to the phase in which the web server lets requests finish, so that both drain at once. */
  private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 1024;

  /** How often the clocks are compared: they drift by some milliseconds in this time. */
  private static final Duration COMPARE = Duration.ofSeconds(30);

  /** By so much clocks differ that nobody looks after. */
  private static final Duration FAR = Duration.ofSeconds(1);

  private final DatabasePool database;
  private final DatabaseClock clock;
  private final Scheduler scheduler;
  private final ScheduledExecutorService comparing =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("runbook-clock").factory());
  private volatile boolean running;

  /**
   * @param database for tasks only; closed with this
   * @param workers how many executions are worked on at once
   */
  public SchedulerLifecycle(
      DatabasePool database,
      int workers,
      DatabaseClock clock,
      ExecutionWakeups wakes,
      List<Task<Void>> tasks) {
    this.database = database;
    this.clock = clock;
    this.scheduler =
        Scheduler.create(database.dataSource(), List.<Task<?>>copyOf(tasks))
            .tableName(SchedulerTasks.TABLE)
            .clock(clock::instant)
            .jdbcCustomization(new PostgreSqlJdbcCustomization(false, false))
            .schedulerName(new SchedulerName.Fixed(UUID.randomUUID().toString()))
            .threads(workers)
            .executorService(
                Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("runbook-", 0).factory()))
            // Not more than can be begun at once: what waits in a queue shows no life.
            .pollUsingLockAndFetch(0.9, 1.0)
            .pollingInterval(POLL)
            .heartbeatInterval(HEARTBEAT)
            .missedHeartbeatsLimit(MISSED)
            .enableImmediateExecution()
            .shutdownMaxWait(DRAIN)
            .failureLogging(LogLevel.WARN, false)
            .build();
    wakes.setPollTrigger(scheduler::triggerCheckForDueExecutions);
  }

  /** Tries a task again that could not be carried out, less and less often. */
  static <T> void retry(ExecutionComplete done, ExecutionOperations<T> operations) {
    int failures = done.getExecution().consecutiveFailures;
    Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(failures, 10));
    operations.reschedule(
        done, done.getTimeDone().plus(wait.compareTo(LAST_RETRY) < 0 ? wait : LAST_RETRY));
  }

  @Override
  public void start() {
    running = true;
    compare();
    var _ =
        comparing.scheduleAtFixedRate(
            this::compare, COMPARE.toMillis(), COMPARE.toMillis(), TimeUnit.MILLISECONDS);
    scheduler.start();
  }

  private void compare() {
    try {
      Duration ahead = clock.synchronize(database::now);
      if (ahead.abs().compareTo(FAR) > 0) {
        log.warn(
            "The clock of this machine is {} ms {} that of the database; runbooks go by the"
                + " database's",
            ahead.abs().toMillis(),
            ahead.isNegative() ? "ahead of" : "behind");
      }
    } catch (ApiException unavailable) {
      log.debug("The clocks are compared next time: {}", unavailable.getMessage());
    }
  }

  @Override
  public void stop() {
    running = false;
    comparing.shutdownNow();
    scheduler.stop();
  }

  @Override
  public void stop(Runnable callback) {
    Thread.ofVirtual()
        .name("runbook-drain")
        .start(
            () -> {
              stop();
              callback.run();
            });
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }

  @Override
  public void close() {
    database.close();
  }
}
