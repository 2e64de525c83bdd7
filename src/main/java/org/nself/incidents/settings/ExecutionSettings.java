package org.nself.incidents.settings;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How runbooks are executed.
 *
 * @param workers how many executions this process evaluates at once; 0 for none
 * @param maxCalls how many HTTP requests of steps this process has in flight
 * @param maxExecutions how many unfinished executions an account may have
 */
public record ExecutionSettings(int workers, int maxCalls, int maxExecutions) {

  private static final Setting<Integer> RUNBOOK_WORKERS =
      Setting.number(
          "RUNBOOK_WORKERS",
          64,
          0,
          1_000,
          "executions of runbooks that a process evaluates at once; one that only waits for"
              + " responses is not counted. With 0 it leaves them to other processes");
  private static final Setting<Integer> RUNBOOK_MAX_CALLS =
      Setting.number(
          "RUNBOOK_MAX_CALLS",
          192,
          2,
          10_000,
          "HTTP requests of runbooks that a process has in flight; an account has at most as many"
              + " as are still free, so half of them while no other account has any");
  private static final Setting<Integer> RUNBOOK_MAX_EXECUTIONS =
      Setting.number(
          "RUNBOOK_MAX_EXECUTIONS",
          1_000,
          1,
          1_000_000,
          "unfinished executions that an account may have");

  /** In the order of the README. */
  static final List<Setting<?>> ALL =
      List.of(RUNBOOK_WORKERS, RUNBOOK_MAX_CALLS, RUNBOOK_MAX_EXECUTIONS);

  static ExecutionSettings read(Function<String, @Nullable String> environment) {
    return new ExecutionSettings(
        RUNBOOK_WORKERS.read(environment),
        RUNBOOK_MAX_CALLS.read(environment),
        RUNBOOK_MAX_EXECUTIONS.read(environment));
  }
}
