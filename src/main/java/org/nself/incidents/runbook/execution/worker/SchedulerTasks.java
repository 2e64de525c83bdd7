package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import java.util.UUID;

/** The tasks that db-scheduler keeps, and how their instances are called. */
final class SchedulerTasks {

  /** As the migration names it. */
  static final String TABLE = "np_runbook_tasks";

  /** Goes on with an execution. */
  static final TaskDescriptor<Void> ADVANCE = TaskDescriptor.of("advance", Void.class);

  /** Looks at what a change of an incident means to runbooks; scheduled by a trigger. */
  static final TaskDescriptor<Void> JUDGE = TaskDescriptor.of("judge", Void.class);

  private static final int UUID_LENGTH = 36;

  private SchedulerTasks() {}

  /**
   * What an instance stands for: an execution, or an incident.
   *
   * @param account whose
   */
  record Subject(String account, UUID id) {

    /** Reads the name of an instance: the id, for an incident its version, and the account. */
    static Subject of(String instance) {
      return new Subject(
          instance.substring(instance.indexOf(' ') + 1),
          UUID.fromString(instance.substring(0, UUID_LENGTH)));
    }
  }

  static TaskInstance<Void> advance(String account, UUID execution) {
    return ADVANCE.instance(execution + " " + account).build();
  }
}
