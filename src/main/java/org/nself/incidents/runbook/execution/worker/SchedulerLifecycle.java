package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.CurrentlyExecuting;
import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.nself.incidents.database.DatabasePool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Starts and stops db-scheduler, which finds the tasks that are due, here and from workers that
 * have died. It has database connections of its own: a run that holds one must not delay a
 * heartbeat, and a run that leaves an execution holds its row while the task is written.
 */
public final class SchedulerLifecycle implements SmartLifecycle, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SchedulerLifecycle.class);

  /** The name is that of the migration. */
  static final String TABLE = "np_runbook_tasks";

  private static final Duration HEARTBEAT_INTERVAL = Duration.ofMillis(1_500);

  /** A worker that misses this many heartbeats loses its leases. */
  private static final int MISSED_HEARTBEATS_LIMIT = 4;

  /** The greatest delay with which a task of another process is found. */
  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

  /** Twice this, and the phases before it, fit into the time that a stop may take. */
  private static final Duration SHUTDOWN_MAX_WAIT = Duration.ofSeconds(8);

  /** The phase in which the web server lets requests finish, so that both drain together. */
  private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 1024;

  /** How often the clocks are synchronized; they drift by some milliseconds in this time. */
  private static final Duration CLOCK_INTERVAL = Duration.ofSeconds(30);

  /** An offset that suggests that the machine's clock is not synchronized at all. */
  private static final Duration LARGE_CLOCK_OFFSET = Duration.ofSeconds(1);

  /** No shorter than the shortest sensible scrape interval. */
  private static final Duration BACKLOG_INTERVAL = Duration.ofSeconds(5);

  private static final int LATE_SECONDS = 10;

  /** By the index on the time; bounded, however large the backlog is. */
  private static final String BACKLOG =
      """
      select count(*) as due, count(*) filter (where waited > %d) as late, coalesce(max(waited), 0) as lag,
        (select count(*) from np_runbook_tasks where stuck_since is not null) as stuck
      from (
        select extract(epoch from clock_timestamp() - execution_time)::float8 as waited
        from np_runbook_tasks
        where execution_time <= clock_timestamp() and not picked and stuck_since is null
        order by execution_time limit 10000
      ) due
      """
          .formatted(LATE_SECONDS);

  private final DatabasePool database;
  private final boolean works;
  private final DatabaseClock clock;
  private final Scheduler scheduler;
  private final ScheduledExecutorService clockSynchronizer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("runbook-clock-sync").factory());
  private volatile boolean running;

  /**
   * @param database for tasks only; closed with this
   * @param slots how many tasks this process has at once: those that are evaluated, and those that
   *     only wait for responses
   * @param works whether this process takes tasks at all
   */
  public SchedulerLifecycle(
      DatabasePool database,
      int slots,
      boolean works,
      DatabaseClock clock,
      ExecutionWakeups wakeups,
      ExecutionMetrics metrics,
      List<Task<Void>> tasks) {
    this.database = database;
    this.works = works;
    this.clock = clock;
    FairPolling polling = new FairPolling(this::executing);
    this.scheduler =
        Scheduler.create(database.dataSource(), List.<Task<?>>copyOf(tasks))
            .tableName(TABLE)
            .clock(clock::instant)
            .jdbcCustomization(polling)
            .schedulerName(new SchedulerName.Fixed(UUID.randomUUID().toString()))
            .threads(slots)
            .executorService(
                Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("runbook-worker-", 0).factory()))
            // No more than can run at once: a task that waits in a queue sends no heartbeats.
            .pollUsingLockAndFetch(0.9, 1.0)
            .pollingInterval(POLL_INTERVAL)
            .heartbeatInterval(HEARTBEAT_INTERVAL)
            .missedHeartbeatsLimit(MISSED_HEARTBEATS_LIMIT)
            .enableImmediateExecution()
            .shutdownMaxWait(SHUTDOWN_MAX_WAIT)
            .failureLogging(LogLevel.WARN, true)
            .build();
    wakeups.setPollTriggers(
        scheduler::triggerCheckForDueExecutions,
        () -> {
          if (polling.isBusy()) {
            scheduler.triggerCheckForDueExecutions();
          }
        });
    metrics.registerBacklog(BACKLOG_INTERVAL, this::readBacklog);
  }

  private List<CurrentlyExecuting> executing() {
    return scheduler.getCurrentlyExecuting();
  }

  private ExecutionMetrics.Backlog readBacklog() {
    return JdbcClient.create(database.dataSource())
        .sql(BACKLOG)
        .query(
            (row, _) ->
                new ExecutionMetrics.Backlog(
                    row.getInt("due"),
                    row.getInt("late"),
                    row.getDouble("lag"),
                    row.getInt("stuck")))
        .single();
  }

  @Override
  public void start() {
    running = true;
    synchronizeClock(database::now);
    var _ =
        clockSynchronizer.scheduleAtFixedRate(
            () -> synchronizeClock(database::now),
            CLOCK_INTERVAL.toMillis(),
            CLOCK_INTERVAL.toMillis(),
            TimeUnit.MILLISECONDS);
    if (works) {
      scheduler.start();
    }
  }

  /** Never throws: an exception would end the repetition. */
  void synchronizeClock(DatabaseClock.Remote remote) {
    try {
      Duration offset = clock.synchronize(remote);
      if (offset.abs().compareTo(LARGE_CLOCK_OFFSET) > 0) {
        log.warn(
            "The clock of this machine is {} ms {} the database's; runbooks use the database's",
            offset.abs().toMillis(),
            offset.isNegative() ? "ahead of" : "behind");
      }
    } catch (Throwable e) {
      log.warn(
          "Could not synchronize the clock with the database; next try in {} s",
          CLOCK_INTERVAL.toSeconds(),
          e);
    }
  }

  @Override
  public void stop() {
    running = false;
    clockSynchronizer.shutdownNow();
    scheduler.stop();
  }

  @Override
  public void stop(Runnable callback) {
    Thread.ofVirtual()
        .name("runbook-shutdown")
        .start(
            () -> {
              try {
                stop();
              } finally {
                callback.run();
              }
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
