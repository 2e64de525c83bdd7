package org.nself.incidents.runbook.execution.worker;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.nself.incidents.runbook.execution.engine.AttemptOutcome;
import org.nself.incidents.runbook.execution.engine.ExecutionStatus;
import org.nself.incidents.runbook.execution.engine.ExecutionTransition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The metrics of executions; docs/runbooks.md lists them. Counters count in this process. */
public final class ExecutionMetrics {

  private static final Logger log = LoggerFactory.getLogger(ExecutionMetrics.class);

  private final MeterRegistry registry;
  private final Counter started;
  private final Map<ExecutionStatus, Counter> finished = new EnumMap<>(ExecutionStatus.class);
  private final Map<AttemptOutcome, Counter> attempts = new EnumMap<>(AttemptOutcome.class);
  private final Counter leasesLost;
  private final Counter executionsSetAside;
  private final Counter triggersSetAside;

  public ExecutionMetrics(MeterRegistry registry) {
    this.registry = registry;
    started =
        Counter.builder("nself_incident_executions_started")
            .description("Executions started, those of steps and triggers included")
            .register(registry);
    for (ExecutionStatus status : ExecutionStatus.values()) {
      if (status.isFinished()) {
        finished.put(
            status,
            Counter.builder("nself_incident_executions_finished")
                .description("Executions finished; one that is resumed is counted again")
                .tag("status", status.value())
                .register(registry));
      }
    }
    for (AttemptOutcome outcome : AttemptOutcome.values()) {
      if (outcome != AttemptOutcome.RUNNING) {
        attempts.put(
            outcome,
            Counter.builder("nself_incident_execution_attempts")
                .description("Attempts at HTTP steps that ended")
                .tag("outcome", outcome.value())
                .register(registry));
      }
    }
    leasesLost =
        Counter.builder("nself_incident_execution_leases_lost")
            .description("Executions that another worker claimed while this process ran them")
            .register(registry);
    executionsSetAside = setAsideCounter("execution");
    triggersSetAside = setAsideCounter("triggers");
  }

  void started() {
    started.increment();
  }

  /**
   * Counts a task that is set aside.
   *
   * @param task the name of its kind
   */
  void setAside(String task) {
    (task.equals(ExecutionTaskHandler.TASK.getTaskName()) ? executionsSetAside : triggersSetAside)
        .increment();
  }

  private Counter setAsideCounter(String task) {
    return Counter.builder("nself_incident_execution_tasks_set_aside")
        .description("Tasks set aside because processes died during them, or they failed each time")
        .tag("task", task)
        .register(registry);
  }

  void leaseLost() {
    leasesLost.increment();
  }

  /** Counts a transition that is committed. */
  void written(ExecutionTransition transition) {
    ExecutionStatus status = transition.state.status;
    if (status.isFinished() && !transition.statusBefore.isFinished()) {
      Objects.requireNonNull(finished.get(status)).increment();
    }
    for (ExecutionTransition.AttemptRow attempt : transition.attempts) {
      if (attempt.result() != AttemptOutcome.RUNNING) {
        Objects.requireNonNull(attempts.get(attempt.result())).increment();
      }
    }
  }

  /**
   * The tasks that wait for a worker, in all processes.
   *
   * @param due those whose time has come
   * @param late those that have been due for longer than a poll interval explains
   * @param lagSeconds how long the oldest of them has been due; 0 for none
   * @param stuck those that are set aside, and not due
   */
  record Backlog(int due, int late, double lagSeconds, int stuck) {

    static final Backlog UNKNOWN = new Backlog(-1, -1, Double.NaN, -1);
  }

  /**
   * Registers the gauges of the backlog, which is read when they are, but not more often than this.
   */
  void registerBacklog(Duration interval, Supplier<Backlog> source) {
    BacklogReader reader = new BacklogReader(interval, source);
    Gauge.builder("nself_incident_execution_tasks_due", reader, r -> number(r.read().due()))
        .description("Tasks of all processes whose time has come and that no worker runs")
        .strongReference(true)
        .register(registry);
    Gauge.builder("nself_incident_execution_tasks_late", reader, r -> number(r.read().late()))
        .description("Those of them that have been due for more than 10 seconds")
        .strongReference(true)
        .register(registry);
    Gauge.builder("nself_incident_execution_task_lag", reader, r -> r.read().lagSeconds())
        .description("How long the oldest of them has been due")
        .baseUnit("seconds")
        .strongReference(true)
        .register(registry);
    Gauge.builder("nself_incident_execution_tasks_stuck", reader, r -> number(r.read().stuck()))
        .description("Tasks of all processes that are set aside until somebody tries them again")
        .strongReference(true)
        .register(registry);
  }

  private static double number(int count) {
    return count < 0 ? Double.NaN : count;
  }

  /** Reads the backlog at most once in an interval, by one thread; others get the last value. */
  private static final class BacklogReader {
    private final long interval;
    private final Supplier<Backlog> source;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Backlog last = Backlog.UNKNOWN;
    private volatile long nextReadAt = System.nanoTime();

    BacklogReader(Duration interval, Supplier<Backlog> source) {
      this.interval = interval.toNanos();
      this.source = source;
    }

    Backlog read() {
      if (System.nanoTime() - nextReadAt >= 0 && reading.tryLock()) {
        try {
          if (System.nanoTime() - nextReadAt >= 0) {
            last = readNow();
            nextReadAt = System.nanoTime() + interval;
          }
        } finally {
          reading.unlock();
        }
      }
      return last;
    }

    private Backlog readNow() {
      try {
        return source.get();
      } catch (RuntimeException e) {
        log.debug("Could not read the backlog of tasks", e);
        return Backlog.UNKNOWN;
      }
    }
  }
}
