package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks.TaskBuilder;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.runbook.execution.engine.ExecutionLease;
import org.nself.incidents.runbook.execution.engine.ExecutionState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The task that goes on with an execution. */
public final class ExecutionTaskHandler {

  private static final Logger log = LoggerFactory.getLogger(ExecutionTaskHandler.class);

  private final ExecutionCommands engine;

  public ExecutionTaskHandler(ExecutionCommands engine) {
    this.engine = engine;
  }

  public Task<Void> task() {
    return new TaskBuilder<>(SchedulerTasks.ADVANCE.getTaskName(), Void.class)
        .onFailure(SchedulerLifecycle::retry)
        .execute(
            (instance, context) -> advance(SchedulerTasks.Subject.of(instance.getId()), context));
  }

  private CompletionHandler<Void> advance(
      SchedulerTasks.Subject subject, ExecutionContext context) {
    @Nullable ExecutionState state = engine.store().claim(subject.account(), subject.id());
    if (state == null) {
      return (done, operations) -> finished(subject, done, operations);
    }
    try {
      ExecutionRunner run =
          new ExecutionRunner(engine, state, () -> context.getSchedulerState().isShuttingDown());
      ExecutionRunner.RunOutcome left = run.run();
      return (done, operations) -> leave(left, done, operations);
    } catch (LeaseLostException e) {
      log.info("Execution {} was taken up by another process", subject.id());
      // The task is the other's now.
      return (_, _) -> {};
    } catch (InterruptedException e) {
      // The process stops; another goes on. The flag is not set again: the task is to be written.
      return (done, operations) -> operations.reschedule(done, done.getTimeDone());
    }
  }

  /** Leaves an execution that was finished already, unless it is brought back at this moment. */
  private void finished(
      SchedulerTasks.Subject subject,
      ExecutionComplete done,
      ExecutionOperations<Void> operations) {
    engine
        .database()
        .transaction(
            subject.account(),
            transaction -> {
              ExecutionStore.@Nullable LockedState standing =
                  engine.store().standing(transaction, subject.id());
              if (standing == null || standing.status().isFinished()) {
                operations.remove();
              } else {
                operations.reschedule(done, engine.works().now());
              }
              return true;
            });
  }

  /**
   * Leaves an execution, unless somebody changed it since it was last read. While its row is held
   * nobody can, so that whoever comes next finds the task as it is written here.
   */
  private void leave(
      ExecutionRunner.RunOutcome left,
      ExecutionComplete done,
      ExecutionOperations<Void> operations) {
    if (left.status().isFinal()) {
      operations.remove();
      return;
    }
    ExecutionLease head = left.head();
    engine
        .database()
        .transaction(
            head.account(),
            transaction -> {
              ExecutionStore.@Nullable LockedState standing =
                  engine.store().standing(transaction, head.id());
              if (standing == null
                  || (standing.fence() == head.fencingToken() && standing.status().isFinished())) {
                operations.remove();
              } else if (standing.fence() == head.fencingToken()) {
                if (standing.wakes() != head.changeCount()) {
                  operations.reschedule(done, engine.works().now());
                } else if (left.next() == null) {
                  operations.remove();
                } else {
                  operations.reschedule(done, left.next());
                }
              }
              return true;
            });
  }
}
