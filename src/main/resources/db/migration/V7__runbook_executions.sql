create table np_runbook_executions (
  source_account_id text not null default 'primary'
    constraint np_runbook_executions_source_account_id_length check (length(source_account_id) between 1 and 128),
  id uuid not null default gen_random_uuid(),
  runbook_id uuid not null,
  runbook_version integer not null,
  incident_id uuid,
  parent_execution_id uuid,
  parent_step_key text,
  depth integer not null default 0
    constraint np_runbook_executions_depth_range check (depth between 0 and 8),
  status text not null default 'running'
    constraint np_runbook_executions_status_known check (status in ('running', 'waiting', 'succeeded', 'failed', 'cancelled')),
  ending text
    constraint np_runbook_executions_ending_known check (ending in ('failed', 'cancelled')),
  inputs jsonb not null default '{}'
    constraint np_runbook_executions_inputs_object check (jsonb_typeof(inputs) = 'object'),
  started_by text not null default session_user,
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz,
  cancelled_by text,
  reason text
    constraint np_runbook_executions_reason_length check (length(reason) between 1 and 2000),
  version integer not null default 1
    constraint np_runbook_executions_version_positive check (version >= 1),
  fence bigint not null default 0,
  wakes bigint not null default 0,
  awaits_incident boolean not null default false,
  primary key (source_account_id, id),
  constraint np_runbook_executions_runbook_fkey foreign key (source_account_id, runbook_id, runbook_version)
    references np_runbook_versions,
  constraint np_runbook_executions_incident_fkey foreign key (source_account_id, incident_id) references np_incidents,
  constraint np_runbook_executions_parent_fkey foreign key (source_account_id, parent_execution_id)
    references np_runbook_executions,
  constraint np_runbook_executions_parent_step check ((parent_execution_id is null) = (parent_step_key is null)),
  constraint np_runbook_executions_finished
    check ((finished_at is not null) = (status in ('succeeded', 'failed', 'cancelled')))
);
comment on table np_runbook_executions is 'Executions: a runbook done once, for an incident or for none.';
comment on column np_runbook_executions.source_account_id is 'The account the execution belongs to.';
comment on column np_runbook_executions.id is 'UUIDv7, made by the service.';
comment on column np_runbook_executions.runbook_id is 'The runbook.';
comment on column np_runbook_executions.runbook_version is 'The version that it began with, and keeps.';
comment on column np_runbook_executions.incident_id is 'The incident that it is done for.';
comment on column np_runbook_executions.parent_execution_id is 'The execution one of whose steps runs this one.';
comment on column np_runbook_executions.parent_step_key is 'That step.';
comment on column np_runbook_executions.depth is 'How many executions are above it.';
comment on column np_runbook_executions.status is 'running, waiting (for a person, a time or another execution), succeeded, failed or cancelled.';
comment on column np_runbook_executions.ending is 'Where no further step begins: failed or cancelled, which it will be once what is in flight has ended.';
comment on column np_runbook_executions.inputs is 'What was given at the start, with the defaults.';
comment on column np_runbook_executions.started_by is 'The actor who started it; runbook:KEY for one that was started by a runbook or by its condition.';
comment on column np_runbook_executions.started_at is 'When it was started.';
comment on column np_runbook_executions.updated_at is 'When it or one of its steps last changed.';
comment on column np_runbook_executions.finished_at is 'When it came to its end.';
comment on column np_runbook_executions.cancelled_by is 'The actor who cancelled it.';
comment on column np_runbook_executions.reason is 'Why it was cancelled.';
comment on column np_runbook_executions.version is 'Raised by every change of it or its steps.';
comment on column np_runbook_executions.fence is 'Raised by every process that takes it up; what writes with an older one is refused.';
comment on column np_runbook_executions.wakes is 'Raised by whoever changes it from outside, so that a process that is about to leave it looks again.';
comment on column np_runbook_executions.awaits_incident is 'Whether a step waits for the incident to change.';
create index np_runbook_executions_by_version on np_runbook_executions (source_account_id, runbook_id, runbook_version);
create index np_runbook_executions_by_runbook on np_runbook_executions (source_account_id, runbook_id, id);
create index np_runbook_executions_by_incident on np_runbook_executions (source_account_id, incident_id, id);
create index np_runbook_executions_by_parent on np_runbook_executions (source_account_id, parent_execution_id);
create index np_runbook_executions_unfinished on np_runbook_executions (source_account_id)
  where status in ('running', 'waiting');
create index np_runbook_executions_awaiting on np_runbook_executions (source_account_id, incident_id) where awaits_incident;

create table np_runbook_steps (
  source_account_id text not null default 'primary',
  execution_id uuid not null,
  key text not null
    constraint np_runbook_steps_key_form check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  place integer not null
    constraint np_runbook_steps_place_range check (place >= 0),
  title text not null,
  kind text not null
    constraint np_runbook_steps_kind_known check (kind in ('manual', 'approval', 'http', 'wait', 'incident', 'note', 'runbook')),
  status text not null default 'pending'
    constraint np_runbook_steps_status_known check (status in
      ('pending', 'running', 'waiting', 'succeeded', 'failed', 'skipped', 'timed_out', 'cancelled', 'uncertain')),
  attempts integer not null default 0,
  failures integer not null default 0,
  interruptions integer not null default 0,
  round integer not null default 1,
  output jsonb,
  error text,
  note text,
  actor text,
  child_execution_id uuid,
  due_at timestamptz,
  expires_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (source_account_id, execution_id, key),
  constraint np_runbook_steps_execution_fkey foreign key (source_account_id, execution_id) references np_runbook_executions,
  constraint np_runbook_steps_child_fkey foreign key (source_account_id, child_execution_id) references np_runbook_executions
    deferrable initially deferred
);
comment on table np_runbook_steps is 'The steps of executions, a row each, written before a step does anything and after it.';
comment on column np_runbook_steps.source_account_id is 'The account the execution belongs to.';
comment on column np_runbook_steps.execution_id is 'The execution.';
comment on column np_runbook_steps.key is 'The step of the definition.';
comment on column np_runbook_steps.place is 'Its place in the definition, from 0.';
comment on column np_runbook_steps.title is 'What people call it.';
comment on column np_runbook_steps.kind is 'What it does: manual, approval, http, wait, incident, note or runbook.';
comment on column np_runbook_steps.status is 'pending, running, waiting, succeeded, failed, skipped, timed_out, cancelled, or uncertain: it may have been done, and a person decides.';
comment on column np_runbook_steps.attempts is 'How often it was attempted, interrupted attempts included.';
comment on column np_runbook_steps.failures is 'How many attempts of this round failed; its retry counts them.';
comment on column np_runbook_steps.interruptions is 'How many attempts of this round ended with their process.';
comment on column np_runbook_steps.round is 'Raised when a person has it done again; decisions count for their round only.';
comment on column np_runbook_steps.output is 'What came of it, for the expressions of later steps.';
comment on column np_runbook_steps.error is 'Why it failed or is uncertain.';
comment on column np_runbook_steps.note is 'What the person said who completed or skipped it.';
comment on column np_runbook_steps.actor is 'The person who completed, skipped or last retried it.';
comment on column np_runbook_steps.child_execution_id is 'The execution that it runs, where it runs a runbook.';
comment on column np_runbook_steps.due_at is 'When a waiting step is to be looked at again.';
comment on column np_runbook_steps.expires_at is 'When a waiting step is given up.';
comment on column np_runbook_steps.started_at is 'When it began, in its latest round.';
comment on column np_runbook_steps.finished_at is 'When it came to its end.';
create index np_runbook_steps_by_child on np_runbook_steps (source_account_id, child_execution_id)
  where child_execution_id is not null;

create table np_runbook_attempts (
  source_account_id text not null default 'primary',
  execution_id uuid not null,
  step_key text not null,
  number integer not null
    constraint np_runbook_attempts_number_positive check (number >= 1),
  fence bigint not null,
  outcome text not null default 'running'
    constraint np_runbook_attempts_outcome_known check (outcome in
      ('running', 'succeeded', 'failed', 'timed_out', 'not_sent', 'unknown', 'interrupted')),
  request text,
  http_status integer,
  excerpt text
    constraint np_runbook_attempts_excerpt_length check (length(excerpt) <= 2048),
  error text,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  primary key (source_account_id, execution_id, step_key, number),
  constraint np_runbook_attempts_step_fkey foreign key (source_account_id, execution_id, step_key) references np_runbook_steps,
  constraint np_runbook_attempts_finished check ((finished_at is null) = (outcome = 'running'))
);
comment on table np_runbook_attempts is 'Attempts at steps, a row each, written before the attempt has any effect.';
comment on column np_runbook_attempts.source_account_id is 'The account the execution belongs to.';
comment on column np_runbook_attempts.execution_id is 'The execution.';
comment on column np_runbook_attempts.step_key is 'The step.';
comment on column np_runbook_attempts.number is 'Counts the attempts at the step from 1.';
comment on column np_runbook_attempts.fence is 'The fence of the process that made it.';
comment on column np_runbook_attempts.outcome is 'running, succeeded, failed, timed_out, not_sent, unknown (it may have been done), or interrupted: its process ended.';
comment on column np_runbook_attempts.request is 'What was sent, its method and address, without secrets.';
comment on column np_runbook_attempts.http_status is 'The status of the answer.';
comment on column np_runbook_attempts.excerpt is 'The beginning of the answer, without secrets.';
comment on column np_runbook_attempts.error is 'Why it failed.';
comment on column np_runbook_attempts.started_at is 'When it began.';
comment on column np_runbook_attempts.finished_at is 'When its end was recorded.';

create table np_runbook_decisions (
  source_account_id text not null default 'primary',
  execution_id uuid not null,
  step_key text not null,
  round integer not null,
  actor text not null,
  verdict text not null
    constraint np_runbook_decisions_verdict_known check (verdict in ('approve', 'reject')),
  role text not null,
  reason text
    constraint np_runbook_decisions_reason_length check (length(reason) between 1 and 2000),
  decided_at timestamptz not null default now(),
  primary key (source_account_id, execution_id, step_key, round, actor),
  constraint np_runbook_decisions_step_fkey foreign key (source_account_id, execution_id, step_key) references np_runbook_steps
);
comment on table np_runbook_decisions is 'What people decided at approval steps; one decision a person and round.';
comment on column np_runbook_decisions.source_account_id is 'The account the execution belongs to.';
comment on column np_runbook_decisions.execution_id is 'The execution.';
comment on column np_runbook_decisions.step_key is 'The step.';
comment on column np_runbook_decisions.round is 'The round of the step that it was made in.';
comment on column np_runbook_decisions.actor is 'Who decided.';
comment on column np_runbook_decisions.verdict is 'approve or reject.';
comment on column np_runbook_decisions.role is 'The role in which they decided.';
comment on column np_runbook_decisions.reason is 'Why.';
comment on column np_runbook_decisions.decided_at is 'When.';

create table np_runbook_attachments (
  source_account_id text not null default 'primary',
  incident_id uuid not null,
  runbook_id uuid not null,
  mode text not null
    constraint np_runbook_attachments_mode_known check (mode in ('suggest', 'start')),
  attached_at timestamptz not null default now(),
  primary key (source_account_id, incident_id, runbook_id),
  constraint np_runbook_attachments_incident_fkey foreign key (source_account_id, incident_id) references np_incidents,
  constraint np_runbook_attachments_runbook_fkey foreign key (source_account_id, runbook_id) references np_runbooks
);
comment on table np_runbook_attachments is 'Runbooks whose condition an incident met; once each.';
comment on column np_runbook_attachments.source_account_id is 'The account the incident belongs to.';
comment on column np_runbook_attachments.incident_id is 'The incident.';
comment on column np_runbook_attachments.runbook_id is 'The runbook.';
comment on column np_runbook_attachments.mode is 'What was done: suggest or start.';
comment on column np_runbook_attachments.attached_at is 'When.';
create index np_runbook_attachments_by_runbook on np_runbook_attachments (source_account_id, runbook_id);

-- The table of db-scheduler, as it documents it for PostgreSQL.
create table np_runbook_tasks (
  task_name text not null,
  task_instance text not null,
  task_data bytea,
  execution_time timestamptz not null,
  picked boolean not null,
  picked_by text,
  last_success timestamptz,
  last_failure timestamptz,
  consecutive_failures integer,
  last_heartbeat timestamptz,
  version bigint not null,
  priority smallint,
  primary key (task_name, task_instance)
);
comment on table np_runbook_tasks is 'What is to be done and when, kept by db-scheduler: one task for each execution that can go on, one for each change of an incident that runbooks look at.';
comment on column np_runbook_tasks.task_name is 'advance or judge.';
comment on column np_runbook_tasks.task_instance is 'The id of the execution, or of the incident with its version, and after a space the account.';
comment on column np_runbook_tasks.task_data is 'Not used.';
comment on column np_runbook_tasks.execution_time is 'When to do it.';
comment on column np_runbook_tasks.picked is 'Whether a process is at it.';
comment on column np_runbook_tasks.picked_by is 'Which.';
comment on column np_runbook_tasks.last_success is 'When it last succeeded.';
comment on column np_runbook_tasks.last_failure is 'When it last failed.';
comment on column np_runbook_tasks.consecutive_failures is 'How often it failed since.';
comment on column np_runbook_tasks.last_heartbeat is 'When the process that is at it last showed that it lives.';
comment on column np_runbook_tasks.version is 'Raised by every change.';
comment on column np_runbook_tasks.priority is 'Not used.';
create index np_runbook_tasks_by_time on np_runbook_tasks (execution_time);
create index np_runbook_tasks_by_heartbeat on np_runbook_tasks (last_heartbeat);
create index np_runbook_tasks_by_priority on np_runbook_tasks (priority desc, execution_time);

-- Runbooks of an account that have a condition, in the versions that do.
create index np_runbook_versions_attached on np_runbook_versions (source_account_id, runbook_id, version)
  where jsonb_typeof(definition -> 'attach') = 'object';

-- A change of an incident that a runbook may wait for becomes a task, in the same transaction and whoever made it. One task a
-- version of the incident: one that is being judged does not cover what comes after.
create function np_incidents_judge() returns trigger language plpgsql as $$
begin
  if exists (
      select from np_runbook_versions version
      join np_runbooks runbook
        on runbook.source_account_id = version.source_account_id and runbook.id = version.runbook_id
        and runbook.version = version.version
      where version.source_account_id = new.source_account_id and jsonb_typeof(version.definition -> 'attach') = 'object'
        and runbook.archived_at is null)
    or exists (
      select from np_runbook_executions
      where source_account_id = new.source_account_id and incident_id = new.id and awaits_incident)
  then
    insert into np_runbook_tasks (task_name, task_instance, execution_time, picked, version)
    values ('judge', format('%s:%s %s', new.id, new.version, new.source_account_id), now(), false, 1)
    on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger np_incidents_judge_opened after insert on np_incidents
  for each row execute function np_incidents_judge();
create trigger np_incidents_judge_changed after update on np_incidents
  for each row when (new.version <> old.version) execute function np_incidents_judge();

alter table np_runbook_executions enable row level security;
alter table np_runbook_executions force row level security;
create policy np_runbook_executions_account on np_runbook_executions
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update on np_runbook_executions to nself_incident_mgmt;

alter table np_runbook_steps enable row level security;
alter table np_runbook_steps force row level security;
create policy np_runbook_steps_account on np_runbook_steps
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update on np_runbook_steps to nself_incident_mgmt;

alter table np_runbook_attempts enable row level security;
alter table np_runbook_attempts force row level security;
create policy np_runbook_attempts_account on np_runbook_attempts
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update on np_runbook_attempts to nself_incident_mgmt;

alter table np_runbook_decisions enable row level security;
alter table np_runbook_decisions force row level security;
create policy np_runbook_decisions_account on np_runbook_decisions
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert on np_runbook_decisions to nself_incident_mgmt;

alter table np_runbook_attachments enable row level security;
alter table np_runbook_attachments force row level security;
create policy np_runbook_attachments_account on np_runbook_attachments
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert on np_runbook_attachments to nself_incident_mgmt;

-- Not forced: the login role owns the table and takes up the tasks of all accounts. The service role, which schedules within its
-- transactions, has the tasks of its account.
alter table np_runbook_tasks enable row level security;
create policy np_runbook_tasks_account on np_runbook_tasks to nself_incident_mgmt
  using (substr(task_instance, strpos(task_instance, ' ') + 1) = current_setting('app.source_account_id', true))
  with check (substr(task_instance, strpos(task_instance, ' ') + 1) = current_setting('app.source_account_id', true));
grant select, insert, update on np_runbook_tasks to nself_incident_mgmt;
