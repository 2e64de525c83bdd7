package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.helper.Tasks.TaskBuilder;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs durable tasks: with a permit of the account's share of workers, again with exponential
 * backoff where they fail, and not again where they fail or kill the process each time.
 */
public final class TaskGuard {

  private static final Logger log = LoggerFactory.getLogger(TaskGuard.class);

  private static final Duration MIN_BACKOFF = Duration.ofSeconds(1);
  private static final Duration MAX_BACKOFF = Duration.ofSeconds(60);

  private final TaskStore tasks;
  private final FairLimiter workers;
  private final FairLimiter suspects;
  private final ExecutionWakeups wakeups;

  /**
   * @param workers how many tasks are evaluated at once
   * @param suspects how many of those during which a process has died
   */
  public TaskGuard(
      TaskStore tasks, ExecutionWakeups wakeups, FairLimiter workers, FairLimiter suspects) {
    this.tasks = tasks;
    this.wakeups = wakeups;
    this.workers = workers;
    this.suspects = suspects;
  }

  /** The work of a task. */
  @FunctionalInterface
  interface GuardedRun {

    /**
     * @param permit held; may be given back and acquired again meanwhile
     * @return what becomes of the task
     */
    CompletionHandler<Void> run(TaskStore.Task task, ExecutionContext context, WorkerPermit permit);
  }

  Task<Void> task(TaskDescriptor<Void> descriptor, GuardedRun work) {
    return new TaskBuilder<>(descriptor.getTaskName(), Void.class)
        .onFailure(this::onFailure)
        .onDeadExecution(this::onDeath)
        .execute((instance, context) -> run(TaskStore.Task.of(instance), context, work));
  }

  private CompletionHandler<Void> run(
      TaskStore.Task task, ExecutionContext context, GuardedRun work) {
    boolean mayBeSuspect = context.getExecution().consecutiveFailures > 0;
    CompletionHandler<Void> completion;
    try (WorkerPermit permit = new WorkerPermit(workers, suspects, tasks, task, mayBeSuspect)) {
      permit.acquire();
      completion = work.run(task, context, permit);
    } catch (WorkerPermit.PoisonedException e) {
      String reason = String.valueOf(e.getMessage());
      log.error("The task {} is set aside: {}", task.instance(), reason);
      return (_, _) -> {
        tasks.setAside(task, reason);
        wakeups.taskEnded();
      };
    }
    return (completed, operations) -> {
      if (mayBeSuspect) {
        tasks.clear(task);
      }
      completion.complete(completed, operations);
      wakeups.taskEnded();
    };
  }

  private void onFailure(ExecutionComplete completed, ExecutionOperations<Void> operations) {
    TaskStore.Task task = TaskStore.Task.of(completed.getExecution().taskInstance);
    @Nullable Throwable cause = completed.getCause().orElse(null);
    if (isReasonToGiveUp(task, cause)) {
      String reason = "It failed %d times, last with: %s".formatted(TaskStore.MAX_FAILURES, cause);
      log.error("The task {} is set aside: {}", task.instance(), reason);
      tasks.setAside(task, reason);
      return;
    }
    int failures = completed.getExecution().consecutiveFailures;
    Duration backoff = MIN_BACKOFF.multipliedBy(1L << Math.min(failures, 10));
    operations.reschedule(
        completed,
        completed.getTimeDone().plus(backoff.compareTo(MAX_BACKOFF) < 0 ? backoff : MAX_BACKOFF));
  }

  private boolean isReasonToGiveUp(TaskStore.Task task, @Nullable Throwable cause) {
    if (cause instanceof ApiException e && ExecutionRunner.isTransient(e)) {
      return false;
    }
    try {
      return tasks.countFailure(task) >= TaskStore.MAX_FAILURES;
    } catch (RuntimeException e) {
      log.warn("Could not count a failure of the task {}: {}", task.instance(), e.toString());
      return false;
    }
  }

  private void onDeath(ExecutionComplete completed, ExecutionOperations<Void> operations) {
    tasks.countDeath(TaskStore.Task.of(completed.getExecution().taskInstance));
    operations.reschedule(completed, completed.getTimeDone());
  }
}
