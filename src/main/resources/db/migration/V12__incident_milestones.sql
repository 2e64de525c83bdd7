-- When things happened, and how long they took. A milestone that stands has revision 0; the former ones are kept. Who writes the
-- timeline writes the milestones: a trigger derives them from its events. Existing incidents get theirs by V12.1, in batches;
-- until then, a writer that changes the status of one derives its milestones first.
alter table np_incidents add column kind text not null default 'real';
-- V12.1 validates it, because that reads every row.
alter table np_incidents add constraint np_incidents_kind_known check (kind in ('real', 'drill')) not valid;
comment on column np_incidents.kind is 'real, or drill: an exercise, which is in no metric.';

create table np_incident_milestones (
  source_account_id text not null,
  incident_id uuid not null,
  kind text not null
    constraint np_incident_milestones_kind_known
      check (kind in ('started', 'detected', 'declared', 'acknowledged', 'mitigated', 'resolved')),
  revision integer not null default 0,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  actor text not null
    constraint np_incident_milestones_actor_length check (length(actor) between 1 and 200),
  source text not null
    constraint np_incident_milestones_source_known check (source in ('system', 'person', 'alert')),
  reason text
    constraint np_incident_milestones_reason_length check (length(reason) between 1 and 2000),
  reopened_at timestamptz,
  primary key (source_account_id, incident_id, kind, revision),
  constraint np_incident_milestones_incident_fkey foreign key (source_account_id, incident_id) references np_incidents,
  constraint np_incident_milestones_reopened
    check (reopened_at is null or kind = 'declared' or (kind = 'resolved' and revision > 0 and reopened_at >= occurred_at))
);
comment on table np_incident_milestones is 'When an incident started, was detected, declared, acknowledged, mitigated and resolved; also the former values.';
comment on column np_incident_milestones.source_account_id is 'The account the incident belongs to.';
comment on column np_incident_milestones.incident_id is 'The incident.';
comment on column np_incident_milestones.kind is 'started, detected, declared, acknowledged, mitigated or resolved.';
comment on column np_incident_milestones.revision is '0 for the milestone that stands; the former ones of the same kind count from 1.';
comment on column np_incident_milestones.occurred_at is 'When it happened.';
comment on column np_incident_milestones.recorded_at is 'When it was recorded, by the clock of the database.';
comment on column np_incident_milestones.actor is 'Who did it, or who corrected it.';
comment on column np_incident_milestones.source is 'person: somebody set it or did it; alert: monitoring; system: derived from another milestone.';
comment on column np_incident_milestones.reason is 'Why it was corrected.';
comment on column np_incident_milestones.reopened_at is 'When the incident was reopened after this resolution; null for one that was corrected or that stands. Of declared: when it was last reopened after it had been cancelled or merged.';

alter table np_incident_milestones enable row level security;
alter table np_incident_milestones force row level security;
create policy np_incident_milestones_account on np_incident_milestones
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update on np_incident_milestones to nself_incident_mgmt;

create table np_incident_durations (
  source_account_id text not null,
  incident_id uuid not null,
  started_at timestamptz not null,
  start_known boolean not null,
  detected_at timestamptz not null,
  declared_at timestamptz not null,
  acknowledged_at timestamptz,
  mitigated_at timestamptz,
  first_resolved_at timestamptz,
  resolved_at timestamptz,
  reopened_at timestamptz,
  ended_at timestamptz,
  seconds_between_resolution_and_reopening double precision not null default 0,
  history_complete boolean not null default true,
  seconds_to_detect double precision
    generated always as (case when start_known then extract(epoch from detected_at - started_at)::double precision end) stored,
  seconds_to_acknowledge double precision
    generated always as (extract(epoch from acknowledged_at - declared_at)::double precision) stored,
  seconds_to_acknowledge_from_start double precision
    generated always as (extract(epoch from acknowledged_at - started_at)::double precision) stored,
  seconds_to_mitigate double precision
    generated always as (extract(epoch from mitigated_at - started_at)::double precision) stored,
  seconds_to_resolve double precision
    generated always as (extract(epoch from resolved_at - started_at)::double precision) stored,
  seconds_active double precision
    generated always as (case when history_complete then
      extract(epoch from resolved_at - started_at)::double precision - seconds_between_resolution_and_reopening end) stored,
  seconds_to_first_resolution double precision
    generated always as (case when history_complete and resolved_at is not null then
      extract(epoch from first_resolved_at - started_at)::double precision end) stored,
  primary key (source_account_id, incident_id),
  constraint np_incident_durations_incident_fkey foreign key (source_account_id, incident_id) references np_incidents
);
comment on table np_incident_durations is 'How long each incident took, computed from its milestones; np_incident_durations_rebuild computes it anew.';
comment on column np_incident_durations.source_account_id is 'The account the incident belongs to.';
comment on column np_incident_durations.incident_id is 'The incident.';
comment on column np_incident_durations.started_at is 'The milestone started.';
comment on column np_incident_durations.start_known is 'Whether somebody said when it started; otherwise started_at is when it was declared.';
comment on column np_incident_durations.detected_at is 'The milestone detected.';
comment on column np_incident_durations.declared_at is 'The milestone declared.';
comment on column np_incident_durations.acknowledged_at is 'The milestone acknowledged.';
comment on column np_incident_durations.mitigated_at is 'The milestone mitigated.';
comment on column np_incident_durations.first_resolved_at is 'The first resolution, also where the incident was reopened after it.';
comment on column np_incident_durations.resolved_at is 'The milestone resolved: the last resolution; null while the incident is not resolved.';
comment on column np_incident_durations.reopened_at is 'When it was last reopened.';
comment on column np_incident_durations.ended_at is 'The resolution, or when it was cancelled or merged; the time by which metrics count it.';
comment on column np_incident_durations.seconds_between_resolution_and_reopening is 'The seconds in which it was resolved before it was reopened.';
comment on column np_incident_durations.history_complete is 'Whether every resolution and reopening is known; false for incidents whose timeline did not tell.';
comment on column np_incident_durations.seconds_to_detect is 'detected less started; null where nobody said when it started.';
comment on column np_incident_durations.seconds_to_acknowledge is 'acknowledged less declared.';
comment on column np_incident_durations.seconds_to_acknowledge_from_start is 'acknowledged less started.';
comment on column np_incident_durations.seconds_to_mitigate is 'mitigated less started.';
comment on column np_incident_durations.seconds_to_resolve is 'resolved less started.';
comment on column np_incident_durations.seconds_active is 'As seconds_to_resolve, without the times between a resolution and its reopening.';
comment on column np_incident_durations.seconds_to_first_resolution is 'The first resolution less started, of incidents that are resolved.';

create index np_incident_durations_ended on np_incident_durations (source_account_id, ended_at) where ended_at is not null;
alter table np_incident_durations enable row level security;
alter table np_incident_durations force row level security;
create policy np_incident_durations_account on np_incident_durations
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update on np_incident_durations to nself_incident_mgmt;

create function np_incident_durations_refresh(account text, incidents uuid[]) returns integer
  language plpgsql
as $$
declare
  written integer;
begin
  insert into np_incident_durations as present
    (source_account_id, incident_id, started_at, start_known, detected_at, declared_at, acknowledged_at, mitigated_at,
     first_resolved_at, resolved_at, reopened_at, ended_at, seconds_between_resolution_and_reopening)
  select incident.source_account_id, incident.id, milestone.started, milestone.start_known, milestone.detected, milestone.declared,
    milestone.acknowledged, milestone.mitigated, milestone.first_resolved, milestone.resolved, milestone.reopened,
    case when incident.status in ('cancelled', 'merged') then incident.closed_at else milestone.resolved end,
    milestone.between_resolution_and_reopening
  from np_incidents incident
  cross join lateral (
    select
      max(occurred_at) filter (where kind = 'started' and revision = 0) as started,
      coalesce(bool_or(source <> 'system') filter (where kind = 'started' and revision = 0), false) as start_known,
      max(occurred_at) filter (where kind = 'detected' and revision = 0) as detected,
      max(occurred_at) filter (where kind = 'declared' and revision = 0) as declared,
      max(occurred_at) filter (where kind = 'acknowledged' and revision = 0) as acknowledged,
      max(occurred_at) filter (where kind = 'mitigated' and revision = 0) as mitigated,
      max(occurred_at) filter (where kind = 'resolved' and revision = 0) as resolved,
      min(occurred_at) filter (where kind = 'resolved' and (revision = 0 or reopened_at is not null)) as first_resolved,
      max(reopened_at) as reopened,
      coalesce(sum(extract(epoch from reopened_at - occurred_at)) filter (where kind = 'resolved'), 0)::double precision
        as between_resolution_and_reopening
    from np_incident_milestones
    where source_account_id = incident.source_account_id and incident_id = incident.id
  ) milestone
  where incident.source_account_id = account and incident.id = any (incidents) and milestone.started is not null
  on conflict (source_account_id, incident_id) do update set
    started_at = excluded.started_at, start_known = excluded.start_known, detected_at = excluded.detected_at,
    declared_at = excluded.declared_at, acknowledged_at = excluded.acknowledged_at, mitigated_at = excluded.mitigated_at,
    first_resolved_at = excluded.first_resolved_at, resolved_at = excluded.resolved_at, reopened_at = excluded.reopened_at,
    ended_at = excluded.ended_at,
    seconds_between_resolution_and_reopening = excluded.seconds_between_resolution_and_reopening;
  get diagnostics written = row_count;
  return written;
end
$$;
comment on function np_incident_durations_refresh(text, uuid[]) is 'Computes the durations of some incidents of an account from their milestones.';
grant execute on function np_incident_durations_refresh(text, uuid[]) to nself_incident_mgmt;

create function np_incident_durations_rebuild(account text) returns integer
  language plpgsql
as $$
declare
  batch uuid[];
  after uuid := '00000000-0000-0000-0000-000000000000';
  rebuilt integer := 0;
begin
  loop
    select array_agg(id order by id) into batch
    from (select id from np_incidents where source_account_id = account and id > after order by id limit 1000) page;
    exit when batch is null;
    rebuilt := rebuilt + np_incident_durations_refresh(account, batch);
    after := batch[array_length(batch, 1)];
  end loop;
  return rebuilt;
end
$$;
comment on function np_incident_durations_rebuild(text) is
  'Computes the durations of all incidents of an account from their milestones, and returns how many. history_complete stays as it is.';

-- Derives the milestones of incidents that have none from their timelines, and returns how many the timeline could not tell
-- completely: an event is missing, or was redacted.
create function np_incident_milestones_derive(accounts text[], incidents uuid[]) returns integer
  language plpgsql
as $$
declare
  incomplete integer;
  account text;
begin
  with event as materialized (
    select event.source_account_id, event.incident_id, event.seq, event.kind, event.recorded_at, event.actor,
      event.data ->> 'from' as was, event.data ->> 'to' as became,
      min(event.recorded_at) filter (where event.kind = 'status_changed' and event.data ->> 'to' = 'open') over (
        partition by event.source_account_id, event.incident_id order by event.seq
        rows between 1 following and unbounded following) as reopened_at
    from unnest(accounts, incidents) as wanted (account, id)
    join np_incident_timeline event on event.source_account_id = wanted.account and event.incident_id = wanted.id
    where event.kind in ('opened', 'status_changed')
  ),
  told as (
    select source_account_id, incident_id,
      min(recorded_at) filter (where kind = 'opened') as declared_at,
      min(actor) filter (where kind = 'opened') as declared_by,
      count(*) filter (where became = 'open' and was in ('resolved', 'closed', 'cancelled', 'merged')) as reopenings,
      max(recorded_at) filter (where became = 'open' and was in ('cancelled', 'merged')) as reopened_at,
      bool_or(kind = 'status_changed' and became is null) as redacted,
      max(seq) filter (where became = 'resolved' and reopened_at is null) as resolution
    from event
    group by source_account_id, incident_id
  ),
  incident as materialized (
    select incident.source_account_id, incident.id, incident.opened_at, told.reopenings, told.reopened_at, told.redacted,
      told.declared_at is not null as opening_known,
      coalesce(told.declared_at, incident.opened_at) as declared_at,
      coalesce(told.declared_by, incident.opened_by, 'unknown') as declared_by,
      incident.reopen_count, incident.status in ('resolved', 'closed') as resolved, told.resolution,
      coalesce(incident.resolved_at, incident.closed_at, incident.updated_at) as resolved_at
    from unnest(accounts, incidents) as wanted (account, id)
    join np_incidents incident on incident.source_account_id = wanted.account and incident.id = wanted.id
    left join told on told.source_account_id = incident.source_account_id and told.incident_id = incident.id
  ),
  begun as (
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source, reopened_at)
    select source_account_id, id, begin.kind, begin.occurred_at, declared_at, declared_by, begin.source,
      case when begin.kind = 'declared' then reopened_at end
    from incident
    cross join lateral (values
      -- Without openedAt it is the start of the transaction that declared it, which may have waited for a lock.
      ('started', least(opened_at, declared_at),
        case when opened_at < declared_at - interval '10 seconds' then 'person' else 'system' end),
      ('detected', declared_at, 'system'),
      ('declared', declared_at, 'system')
    ) begin (kind, occurred_at, source)
  ),
  acknowledged as (
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
    select distinct on (source_account_id, incident_id)
      source_account_id, incident_id, 'acknowledged', recorded_at, recorded_at, actor, 'person'
    from event
    where kind = 'status_changed' and became in ('acknowledged', 'mitigating', 'resolved') and actor not like 'runbook:%'
    order by source_account_id, incident_id, seq
  ),
  former as (
    insert into np_incident_milestones
      (source_account_id, incident_id, kind, revision, occurred_at, recorded_at, actor, source, reopened_at)
    select distinct on (source_account_id, incident_id, reopened_at) source_account_id, incident_id, 'resolved',
      dense_rank() over (partition by source_account_id, incident_id order by reopened_at), recorded_at, recorded_at, actor,
      case when actor like 'runbook:%' then 'system' else 'person' end, reopened_at
    from event
    where kind = 'status_changed' and became = 'resolved' and reopened_at is not null
    order by source_account_id, incident_id, reopened_at, seq desc
  ),
  standing as (
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
    select incident.source_account_id, incident.id, ending.kind, coalesce(event.recorded_at, incident.resolved_at),
      coalesce(event.recorded_at, incident.resolved_at), coalesce(event.actor, 'unknown'),
      case when ending.kind = 'mitigated' or event.actor is null or event.actor like 'runbook:%' then 'system' else 'person' end
    from incident
    left join event on event.source_account_id = incident.source_account_id and event.incident_id = incident.id
      and event.seq = incident.resolution
    cross join (values ('mitigated'), ('resolved')) ending (kind)
    where incident.resolved
  ),
  -- The rest of the row is computed below, from the milestones.
  marked as (
    insert into np_incident_durations
      (source_account_id, incident_id, started_at, start_known, detected_at, declared_at, history_complete)
    select source_account_id, id, opened_at, false, declared_at, declared_at,
      opening_known and not redacted and reopenings = reopen_count and resolved = (resolution is not null)
    from incident
    returning history_complete
  )
  select count(*) filter (where not history_complete) into incomplete from marked;
  for account in select distinct wanted from unnest(accounts) wanted loop
    perform np_incident_durations_refresh(account, (
      select array_agg(wanted.id) from unnest(accounts, incidents) as wanted (owner, id) where wanted.owner = account));
  end loop;
  return incomplete;
end
$$;
comment on function np_incident_milestones_derive(text[], uuid[]) is
  'Derives the milestones of incidents that have none yet from their timelines; returns how many it could not tell completely.';
grant execute on function np_incident_milestones_derive(text[], uuid[]) to nself_incident_mgmt;

create function np_incident_timeline_milestones() returns trigger language plpgsql as $$
declare
  account constant text := new.source_account_id;
  incident constant uuid := new.incident_id;
  became constant text := new.data ->> 'to';
  by_person constant boolean := new.actor not like 'runbook:%';
  changed boolean := false;
begin
  if new.kind = 'opened' then
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
    values
      -- A clock that is ahead says that it will start. Without openedAt it is the time of this transaction.
      (account, incident, 'started', least(new.occurred_at, new.recorded_at), new.recorded_at, new.actor,
        case when new.occurred_at = now() then 'system' else 'person' end),
      (account, incident, 'detected', new.recorded_at, new.recorded_at, new.actor, 'system'),
      (account, incident, 'declared', new.recorded_at, new.recorded_at, new.actor, 'system')
    on conflict do nothing;
    insert into np_incident_durations (source_account_id, incident_id, started_at, start_known, detected_at, declared_at)
    values (account, incident, least(new.occurred_at, new.recorded_at), new.occurred_at <> now(), new.recorded_at, new.recorded_at)
    on conflict do nothing;
    return null;
  end if;
  if not exists (select from np_incident_durations where source_account_id = account and incident_id = incident) then
    perform np_incident_milestones_derive(array[account], array[incident]);
    return null;
  end if;
  if became in ('acknowledged', 'mitigating', 'resolved') and by_person then
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
    values (account, incident, 'acknowledged', new.recorded_at, new.recorded_at, new.actor, 'person')
    on conflict do nothing;
    changed := found;
  end if;
  if became = 'resolved' then
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
    values
      (account, incident, 'resolved', new.recorded_at, new.recorded_at, new.actor, case when by_person then 'person' else 'system' end),
      (account, incident, 'mitigated', new.recorded_at, new.recorded_at, new.actor, 'system')
    on conflict do nothing;
    changed := true;
  elsif became = 'open' then
    -- Only what was taken from the resolution goes with it; what somebody said about the mitigation stays.
    update np_incident_milestones current
    set revision = 1 + (
        select max(former.revision) from np_incident_milestones former
        where former.source_account_id = account and former.incident_id = incident and former.kind = current.kind),
      reopened_at = case when kind = 'resolved' then greatest(new.recorded_at, occurred_at) end
    where source_account_id = account and incident_id = incident and revision = 0
      and (kind = 'resolved' or (kind = 'mitigated' and source = 'system'
        and exists (select from np_incident_milestones resolved
          where resolved.source_account_id = account and resolved.incident_id = incident and resolved.kind = 'resolved'
            and resolved.revision = 0)));
    if new.data ->> 'from' in ('cancelled', 'merged') then
      update np_incident_milestones set reopened_at = new.recorded_at
      where source_account_id = account and incident_id = incident and kind = 'declared' and revision = 0;
    end if;
    changed := new.data ->> 'from' in ('resolved', 'closed', 'cancelled', 'merged');
  elsif became in ('cancelled', 'merged') then
    changed := true;
  end if;
  if changed then
    perform np_incident_durations_refresh(account, array[incident]);
  end if;
  return null;
end
$$;
create trigger np_incident_timeline_milestones after insert on np_incident_timeline
  for each row when (new.kind in ('opened', 'status_changed')) execute function np_incident_timeline_milestones();

create function np_incident_milestone_set(
  account text, incident uuid, milestone text, at timestamptz, by_actor text, because text) returns void
  language plpgsql
as $$
begin
  update np_incident_milestones current
  set revision = 1 + (
    select max(former.revision) from np_incident_milestones former
    where former.source_account_id = account and former.incident_id = incident and former.kind = milestone)
  where source_account_id = account and incident_id = incident and kind = milestone and revision = 0;
  insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, actor, source, reason)
  values (account, incident, milestone, at, by_actor, 'person', because);
  perform np_incident_durations_refresh(account, array[incident]);
end
$$;
comment on function np_incident_milestone_set(text, uuid, text, timestamptz, text, text) is
  'Sets a milestone of an incident, keeps the former one, and computes the durations. Call it with the incident''s row locked.';
grant execute on function np_incident_milestone_set(text, uuid, text, timestamptz, text, text) to nself_incident_mgmt;

-- For V12.1, which drops them: the owner of the tables is under row-level security too, and cannot read every account.
create policy np_incidents_migration on np_incidents to current_user using (true) with check (true);
create policy np_incident_timeline_migration on np_incident_timeline for select to current_user using (true);
create policy np_incident_milestones_migration on np_incident_milestones to current_user using (true) with check (true);
create policy np_incident_durations_migration on np_incident_durations to current_user using (true) with check (true);

create procedure np_incident_milestones_migrate(batch_size integer) language plpgsql as $$
declare
  after_account text := '';
  after_id uuid := '00000000-0000-0000-0000-000000000000';
  accounts text[];
  ids uuid[];
  size integer;
  passes integer := 0;
  derived bigint := 0;
  incomplete bigint := 0;
begin
  loop
    -- Never waits for a writer, so it deadlocks with none: what is locked is left to a later pass, or to the writer's trigger.
    select array_agg(source_account_id order by source_account_id, id), array_agg(id order by source_account_id, id)
    into accounts, ids
    from (
      select source_account_id, id from np_incidents incident
      where (source_account_id, id) > (after_account, after_id)
      order by source_account_id, id
      limit batch_size
      for no key update of incident skip locked
    ) page;
    size := coalesce(cardinality(ids), 0);
    if size > 0 then
      after_account := accounts[size];
      after_id := ids[size];
      -- In a statement of its own, which sees what was committed until the rows were locked.
      select array_agg(wanted.account), array_agg(wanted.id) into accounts, ids
      from unnest(accounts, ids) as wanted (account, id)
      where not exists (
        select from np_incident_durations done where done.source_account_id = wanted.account and done.incident_id = wanted.id);
      if ids is not null then
        derived := derived + cardinality(ids);
        incomplete := incomplete + np_incident_milestones_derive(accounts, ids);
      end if;
    end if;
    commit;
    if size < batch_size then
      exit when not exists (
        select from np_incidents incident
        left join np_incident_durations done
          on done.source_account_id = incident.source_account_id and done.incident_id = incident.id
        where done.incident_id is null);
      passes := passes + 1;
      if passes > 600 then
        raise exception 'incidents have been locked by other transactions for a minute; end them and start again';
      end if;
      perform pg_sleep(0.1);
      after_account := '';
      after_id := '00000000-0000-0000-0000-000000000000';
    end if;
  end loop;
  if derived > 0 then
    raise notice 'derived the milestones of % existing incidents; % of them could not be told completely by their timelines',
      derived, incomplete;
  end if;
end
$$;
