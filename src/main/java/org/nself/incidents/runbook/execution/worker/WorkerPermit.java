package org.nself.incidents.runbook.execution.worker;

import org.jspecify.annotations.Nullable;
import org.nself.incidents.fairness.FairLimiter;
import org.nself.incidents.web.error.ApiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The permit of a task to use the process, which it gives back while it only waits for responses.
 * Workers are virtual threads: what is scarce is not the thread but the processor, the memory and
 * the database connections that evaluating an execution takes. Confined to the worker's thread.
 *
 * <p>A task during which a process has died is a suspect. Only one suspect is evaluated at a time,
 * and each start of one is counted in the database before: so the task that kills its process is
 * found, and not those that happened to run beside it.
 */
final class WorkerPermit implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WorkerPermit.class);

  private final FairLimiter workers;
  private final FairLimiter suspects;
  private final TaskStore tasks;
  private final TaskStore.Task task;
  private final boolean mayBeSuspect;
  private boolean held;
  private boolean heldAsSuspect;
  private boolean counted;

  /**
   * @param mayBeSuspect whether the task has failed or died since it last succeeded
   */
  WorkerPermit(
      FairLimiter workers,
      FairLimiter suspects,
      TaskStore tasks,
      TaskStore.Task task,
      boolean mayBeSuspect) {
    this.workers = workers;
    this.suspects = suspects;
    this.tasks = tasks;
    this.task = task;
    this.mayBeSuspect = mayBeSuspect;
  }

  /** A task must not be started again: processes died during it. */
  static final class PoisonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PoisonedException(String reason) {
      super(reason, null, false, false);
    }
  }

  /**
   * Waits for the permit.
   *
   * @throws PoisonedException where the task has to be set aside
   * @throws ApiException {@code unavailable} where the thread is interrupted, or the database is
   *     unavailable
   */
  void acquire() {
    if (held) {
      return;
    }
    workers.acquire(task.account());
    held = true;
    if (!mayBeSuspect || !tasks.isSuspect(task)) {
      return;
    }
    // While it waits here, others must be able to work.
    release();
    suspects.acquire(task.account());
    heldAsSuspect = true;
    workers.acquire(task.account());
    held = true;
    @Nullable String poison = tasks.countStart(task);
    if (poison != null) {
      throw new PoisonedException(poison);
    }
    counted = true;
  }

  /** Releases the permit until {@link #acquire} is called again. */
  void release() {
    if (held) {
      held = false;
      workers.release(task.account());
    }
    if (counted) {
      counted = false;
      try {
        tasks.countPause(task);
      } catch (RuntimeException e) {
        log.warn("The task {} counts one death too many: {}", task.instance(), e.toString());
      }
    }
    if (heldAsSuspect) {
      heldAsSuspect = false;
      suspects.release(task.account());
    }
  }

  @Override
  public void close() {
    release();
  }
}
