package org.nself.incidents.runbook.execution;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks.TaskBuilder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The task that goes on with an execution. */
final class Advancing {

  private static final Logger log = LoggerFactory.getLogger(Advancing.class);

  private final Engine engine;

  Advancing(Engine engine) {
    this.engine = engine;
  }

  Task<Void> task() {
    return new TaskBuilder<>(Tasks.ADVANCE.getTaskName(), Void.class)
        .onFailure(Workers::retry)
        .execute((instance, context) -> advance(Tasks.Subject.of(instance.getId()), context));
  }

  private CompletionHandler<Void> advance(Tasks.Subject subject, ExecutionContext context) {
    @Nullable State state = engine.store().claim(subject.account(), subject.id());
    if (state == null) {
      return (done, operations) -> finished(subject, done, operations);
    }
    try {
      Run run = new Run(engine, state, () -> context.getSchedulerState().isShuttingDown());
      Run.Left left = run.go();
      return (done, operations) -> leave(left, done, operations);
    } catch (Superseded e) {
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
      Tasks.Subject subject, ExecutionComplete done, ExecutionOperations<Void> operations) {
    engine
        .database()
        .transaction(
            subject.account(),
            transaction -> {
              ExecutionStore.@Nullable Standing standing =
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
  private void leave(Run.Left left, ExecutionComplete done, ExecutionOperations<Void> operations) {
    if (left.status().isFinal()) {
      operations.remove();
      return;
    }
    Head head = left.head();
    engine
        .database()
        .transaction(
            head.account(),
            transaction -> {
              ExecutionStore.@Nullable Standing standing =
                  engine.store().standing(transaction, head.id());
              if (standing == null
                  || (standing.fence() == head.fence() && standing.status().isFinished())) {
                operations.remove();
              } else if (standing.fence() == head.fence()) {
                if (standing.wakes() != head.wakes()) {
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
