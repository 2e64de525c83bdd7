package org.nself.incidents.runbook.execution.worker;

import com.github.kagkarlsson.scheduler.CurrentlyExecuting;
import com.github.kagkarlsson.scheduler.jdbc.JdbcTaskRepositoryContext;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.Execution;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Picks due tasks by turns of accounts instead of in the order of their times: the backlog of one
 * account does not delay the tasks of another. An account has at most as many tasks in this process
 * as are then still free.
 */
final class FairPolling extends PostgreSqlJdbcCustomization {

  private static final String SEPARATOR = "\u001f";

  /**
   * The accounts with tasks are found by jumps in the index, one for each. More candidates are
   * chosen than are picked, because another process may be picking the first of them.
   */
  private static final String PICK =
      """
      with recursive held (account, tasks) as (
        select * from unnest(string_to_array(?, ?), string_to_array(?, ?)::integer[])
      ),
      accounts (account) as (
        (select account from np_runbook_tasks where not picked and stuck_since is null order by account limit 1)
        union all
        select (
          select following.account from np_runbook_tasks following
          where not following.picked and following.stuck_since is null and following.account > accounts.account
          order by following.account limit 1)
        from accounts where accounts.account is not null
      ),
      candidates as (
        select due.task_name, due.task_instance, due.execution_time, coalesce(held.tasks, 0) as held,
          row_number() over (partition by accounts.account order by due.execution_time) as rank
        from accounts
        left join held on held.account = accounts.account
        cross join lateral (
          select task_name, task_instance, execution_time from np_runbook_tasks
          where account = accounts.account and not picked and stuck_since is null and execution_time <= ?
            and task_name in ('%s', '%s')
          order by execution_time limit ?) due
      ),
      chosen as (
        select task_name, task_instance, held + rank as turn, execution_time from candidates
        where 2 * rank + held <= ? + 1
        order by turn, execution_time limit 4 * ?
      ),
      locked as (
        select task.task_name, task.task_instance from np_runbook_tasks task
        join chosen on chosen.task_name = task.task_name and chosen.task_instance = task.task_instance
        where not task.picked and task.stuck_since is null
        order by chosen.turn, chosen.execution_time limit ?
        for update of task skip locked
      )
      update np_runbook_tasks task
      set picked = true, picked_by = ?, last_heartbeat = ?, version = task.version + 1
      from locked
      where task.task_name = locked.task_name and task.task_instance = locked.task_instance
      returning task.*
      """
          .formatted(
              ExecutionTaskHandler.TASK.getTaskName(), IncidentChangeHandler.TASK.getTaskName());

  private final Supplier<List<CurrentlyExecuting>> executing;
  private volatile boolean busy;

  /**
   * @param executing the tasks that this process has
   */
  FairPolling(Supplier<List<CurrentlyExecuting>> executing) {
    super(false, false);
    this.executing = executing;
  }

  /**
   * Whether tasks were due at the last poll. db-scheduler polls again when tasks end if it got as
   * many as it asked for, which it does not where an account has its share.
   */
  boolean isBusy() {
    return busy;
  }

  @Override
  public List<Execution> lockAndFetchSingleStatement(
      JdbcTaskRepositoryContext context, Instant now, int limit, boolean orderByPriority) {
    Map<String, Long> held =
        executing.get().stream()
            .collect(
                Collectors.groupingBy(
                    current -> ExecutionWakeups.Subject.parse(current.getTaskInstance()).account(),
                    Collectors.counting()));
    String accounts = String.join(SEPARATOR, held.keySet());
    String counts =
        held.values().stream().map(String::valueOf).collect(Collectors.joining(SEPARATOR));
    List<Execution> picked =
        context.jdbcRunner.query(
            PICK,
            statement -> {
              statement.setString(1, accounts);
              statement.setString(2, SEPARATOR);
              statement.setString(3, counts);
              statement.setString(4, SEPARATOR);
              setInstant(statement, 5, now);
              statement.setInt(6, limit);
              statement.setInt(7, limit);
              statement.setInt(8, limit);
              statement.setInt(9, limit);
              statement.setString(10, context.schedulerName.getName());
              setInstant(statement, 11, now);
            },
            context.resultSetMapper.get());
    busy = !picked.isEmpty();
    return picked;
  }
}
