package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.database.TenantDatabase;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.outbound.CallLimiter;
import org.nself.incidents.outbound.OutboundHttp;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.nself.incidents.runbook.execution.engine.TransitionFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The task that runs an execution: claims it, runs it, and removes or reschedules the task. What it
 * throws is logged by db-scheduler and retried by {@link TaskGuard}.
 */
public final class ExecutionTaskHandler {

  private static final Logger log = LoggerFactory.getLogger(ExecutionTaskHandler.class);

  static final TaskDescriptor<Void> TASK = TaskDescriptor.of("advance", Void.class);

  private final TenantDatabase database;
  private final ExecutionStateStore states;
  private final ExecutionWriter writer;
  private final TransitionFactory transitions;
  private final DatabaseClock clock;
  private final ExecutionWakeups wakeups;
  private final OutboundHttp http;
  private final CallLimiter calls;
  private final TaskGuard guard;
  private final FairLimiter large;
  private final ExecutionMetrics metrics;

  /**
   * @param large how many executions with large outputs are evaluated at once
   */
  public ExecutionTaskHandler(
      TenantDatabase database,
      ExecutionStateStore states,
      ExecutionWriter writer,
      TransitionFactory transitions,
      DatabaseClock clock,
      ExecutionWakeups wakeups,
      OutboundHttp http,
      CallLimiter calls,
      TaskGuard guard,
      FairLimiter large,
      ExecutionMetrics metrics) {
    this.database = database;
    this.states = states;
    this.writer = writer;
    this.transitions = transitions;
    this.clock = clock;
    this.wakeups = wakeups;
    this.http = http;
    this.calls = calls;
    this.guard = guard;
    this.large = large;
    this.metrics = metrics;
  }

  public Task<Void> task() {
    return guard.task(TASK, this::run);
  }

  private CompletionHandler<Void> run(
      TaskStore.Task task, ExecutionContext context, WorkerPermit permit) {
    ExecutionWakeups.Subject subject = new ExecutionWakeups.Subject(task.account(), task.subject());
    try {
      @Nullable ExecutionState state = states.claim(subject.account(), subject.id());
      if (state == null) {
        return (completed, operations) -> releaseFinished(subject, completed, operations);
      }
      ExecutionRunner.RunOutcome outcome =
          new ExecutionRunner(
                  states,
                  writer,
                  transitions,
                  clock,
                  wakeups,
                  http,
                  calls,
                  permit,
                  large,
                  state,
                  () -> context.getSchedulerState().isShuttingDown())
              .run();
      return (completed, operations) -> release(outcome, completed, operations);
    } catch (LeaseLostException e) {
      log.info("Lost the lease of execution {}: another worker has claimed it", subject.id());
      metrics.leaseLost();
      // The task belongs to the other worker now.
      return (_, _) -> {};
    } catch (InterruptedException e) {
      // The process stops; another worker resumes. The interrupt is not restored, because the task
      // must still be written.
      return (completed, operations) -> operations.reschedule(completed, completed.getTimeDone());
    }
  }

  /** Removes the task of an execution that was finished, unless it has been resumed since. */
  private void releaseFinished(
      ExecutionWakeups.Subject subject,
      ExecutionComplete completed,
      ExecutionOperations<Void> operations) {
    database.transaction(
        subject.account(),
        transaction -> {
          ExecutionStateStore.@Nullable LockedState locked = states.lock(transaction, subject.id());
          if (locked == null || locked.status().isFinished()) {
            operations.remove();
          } else {
            operations.reschedule(completed, clock.instant());
          }
          return true;
        });
  }

  /**
   * Reschedules the task for the next retry or deadline, or removes it, unless the execution was
   * changed since it was last read. Its row is locked while the task is written, so that a later
   * change finds the task as it is written here.
   */
  private void release(
      ExecutionRunner.RunOutcome outcome,
      ExecutionComplete completed,
      ExecutionOperations<Void> operations) {
    if (outcome.state().status.isFinal()) {
      operations.remove();
      return;
    }
    ExecutionState.Header header = outcome.state().header;
    database.transaction(
        header.account(),
        transaction -> {
          ExecutionStateStore.@Nullable LockedState locked = states.lock(transaction, header.id());
          if (locked == null) {
            operations.remove();
            return true;
          }
          if (locked.fencingToken() != header.fencingToken()) {
            // The task belongs to another worker now.
            return true;
          }
          if (locked.status().isFinished()) {
            operations.remove();
          } else if (locked.changeCount() != header.changeCount()) {
            operations.reschedule(completed, clock.instant());
          } else if (outcome.nextWakeAt() == null) {
            operations.remove();
          } else {
            operations.reschedule(completed, outcome.nextWakeAt());
          }
          return true;
        });
  }
}
