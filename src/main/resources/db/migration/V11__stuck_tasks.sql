-- A durable task that takes its process down, or that fails each time, would do so after each restart. It is counted, and set
-- aside after three deaths or ten failures.
alter table np_runbook_tasks
  add column account text generated always as (substr(task_instance, strpos(task_instance, ' ') + 1)) stored,
  add column deaths integer not null default 0
    constraint np_runbook_tasks_deaths_range check (deaths >= 0),
  add column failures integer not null default 0
    constraint np_runbook_tasks_failures_range check (failures >= 0),
  add column stuck_since timestamptz,
  add column stuck_reason text
    constraint np_runbook_tasks_stuck_reason_length check (length(stuck_reason) between 1 and 2000),
  add constraint np_runbook_tasks_stuck check ((stuck_since is null) = (stuck_reason is null));
comment on column np_runbook_tasks.account is 'The account in the name of the instance.';
comment on column np_runbook_tasks.deaths is 'How often a process died during the task since it last succeeded. From the second start on, counted before the start.';
comment on column np_runbook_tasks.failures is 'How often the task failed since it last succeeded, unless the database or the account''s limits were the reason.';
comment on column np_runbook_tasks.stuck_since is 'When the task was set aside: no process starts it until somebody brings it back.';
comment on column np_runbook_tasks.stuck_reason is 'Why it was set aside.';

-- Processes take the tasks of accounts by turns.
create index np_runbook_tasks_by_account on np_runbook_tasks (account, execution_time) where not picked and stuck_since is null;
create index np_runbook_tasks_stuck on np_runbook_tasks (account, stuck_since) where stuck_since is not null;

alter table np_runbook_executions
  add column stuck_since timestamptz,
  add column stuck_reason text
    constraint np_runbook_executions_stuck_reason_length check (length(stuck_reason) between 1 and 2000),
  add constraint np_runbook_executions_stuck check ((stuck_since is null) = (stuck_reason is null));
comment on column np_runbook_executions.stuck_since is 'When its task was set aside, so that it does not continue by itself; null where it was not.';
comment on column np_runbook_executions.stuck_reason is 'Why its task was set aside.';
