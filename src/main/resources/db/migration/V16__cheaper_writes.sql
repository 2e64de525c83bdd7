-- Each statement that writes a table reads the expressions of its checks and generated columns from the catalogue again, which
-- took longer than to evaluate them: a third of the processor time of opening an incident. So one check calls a function, which
-- is compiled once per connection. What is checked, and the names of the constraints in errors, stay.
create function np_incidents_valid(incident np_incidents) returns boolean
  language plpgsql immutable
as $$
declare
  violated constant text := case
    when not (length(incident.source_account_id) between 1 and 128) then 'source_account_id_length'
    when not (incident.number >= 1) then 'number_positive'
    when not (incident.kind in ('real', 'drill')) then 'kind_known'
    when not (length(incident.title) between 1 and 300) then 'title_length'
    when not (length(incident.summary) between 1 and 20000) then 'summary_length'
    when not (incident.severity in ('critical', 'high', 'medium', 'low', 'info')) then 'severity_known'
    when not (incident.status in ('open', 'acknowledged', 'mitigating', 'resolved', 'closed', 'cancelled', 'merged'))
      then 'status_known'
    when not (length(incident.owner) between 1 and 200) then 'owner_length'
    when not (length(incident.opened_by) between 1 and 200) then 'opened_by_length'
    when not (jsonb_typeof(incident.labels) = 'object') then 'labels_object'
    when not (cardinality(incident.services) <= 50) then 'services_count'
    when not (length(incident.dedup_key) between 1 and 255) then 'dedup_key_length'
    when not (incident.occurrences >= 1) then 'occurrences_positive'
    when not (incident.merged_into <> incident.id) then 'merged_into_other'
    when not ((incident.status = 'merged') = (incident.merged_into is not null)) then 'merged_has_target'
  end;
begin
  if violated is not null then
    raise exception 'new row for relation "np_incidents" violates check constraint "np_incidents_%"', violated
      using errcode = 'check_violation', schema = 'public', table = 'np_incidents', constraint = 'np_incidents_' || violated;
  end if;
  return true;
end
$$;
comment on function np_incidents_valid(np_incidents) is
  'True for a row that satisfies all checks of np_incidents; otherwise an error with the name of the violated one.';
grant execute on function np_incidents_valid(np_incidents) to nself_incident_mgmt;

create function np_incident_milestones_valid(milestone np_incident_milestones) returns boolean
  language plpgsql immutable
as $$
declare
  violated constant text := case
    when not (milestone.kind in ('started', 'detected', 'declared', 'acknowledged', 'mitigated', 'resolved')) then 'kind_known'
    when not (length(milestone.actor) between 1 and 200) then 'actor_length'
    when not (milestone.source in ('system', 'person', 'alert')) then 'source_known'
    when not (length(milestone.reason) between 1 and 2000) then 'reason_length'
    when not (milestone.reopened_at is null or milestone.kind = 'declared'
      or (milestone.kind = 'resolved' and milestone.revision > 0 and milestone.reopened_at >= milestone.occurred_at))
      then 'reopened'
  end;
begin
  if violated is not null then
    raise exception 'new row for relation "np_incident_milestones" violates check constraint "np_incident_milestones_%"', violated
      using errcode = 'check_violation', schema = 'public', table = 'np_incident_milestones',
        constraint = 'np_incident_milestones_' || violated;
  end if;
  return true;
end
$$;
comment on function np_incident_milestones_valid(np_incident_milestones) is
  'True for a row that satisfies all checks of np_incident_milestones; otherwise an error with the name of the violated one.';
grant execute on function np_incident_milestones_valid(np_incident_milestones) to nself_incident_mgmt;

-- Not valid: the rows that exist satisfied the former checks, so they need not be read.
alter table np_incidents
  drop constraint np_incidents_source_account_id_length,
  drop constraint np_incidents_number_positive,
  drop constraint np_incidents_kind_known,
  drop constraint np_incidents_title_length,
  drop constraint np_incidents_summary_length,
  drop constraint np_incidents_severity_known,
  drop constraint np_incidents_status_known,
  drop constraint np_incidents_owner_length,
  drop constraint np_incidents_opened_by_length,
  drop constraint np_incidents_labels_object,
  drop constraint np_incidents_services_count,
  drop constraint np_incidents_dedup_key_length,
  drop constraint np_incidents_occurrences_positive,
  drop constraint np_incidents_merged_into_other,
  drop constraint np_incidents_merged_has_target,
  add constraint np_incidents_valid check (np_incidents_valid(np_incidents)) not valid;
alter table np_incident_milestones
  drop constraint np_incident_milestones_kind_known,
  drop constraint np_incident_milestones_actor_length,
  drop constraint np_incident_milestones_source_known,
  drop constraint np_incident_milestones_reason_length,
  drop constraint np_incident_milestones_reopened,
  add constraint np_incident_milestones_valid check (np_incident_milestones_valid(np_incident_milestones)) not valid;

-- From here on, who writes the row computes them: np_incident_durations_refresh, and the trigger for a new incident.
alter table np_incident_durations
  alter column seconds_to_detect drop expression,
  alter column seconds_to_acknowledge drop expression,
  alter column seconds_to_acknowledge_from_start drop expression,
  alter column seconds_to_mitigate drop expression,
  alter column seconds_to_resolve drop expression,
  alter column seconds_active drop expression,
  alter column seconds_to_first_resolution drop expression;

create or replace function np_incident_durations_refresh(account text, incidents uuid[]) returns integer
  language plpgsql
as $$
declare
  written integer;
begin
  insert into np_incident_durations as present
    (source_account_id, incident_id, started_at, start_known, detected_at, declared_at, acknowledged_at, mitigated_at,
     first_resolved_at, resolved_at, reopened_at, ended_at, seconds_between_resolution_and_reopening,
     seconds_to_detect, seconds_to_acknowledge, seconds_to_acknowledge_from_start, seconds_to_mitigate, seconds_to_resolve,
     seconds_active, seconds_to_first_resolution)
  select incident.source_account_id, incident.id, milestone.started, milestone.start_known, milestone.detected, milestone.declared,
    milestone.acknowledged, milestone.mitigated, milestone.first_resolved, milestone.resolved, milestone.reopened,
    case when incident.status in ('cancelled', 'merged') then incident.closed_at else milestone.resolved end,
    milestone.between_resolution_and_reopening,
    case when milestone.start_known then extract(epoch from milestone.detected - milestone.started)::double precision end,
    extract(epoch from milestone.acknowledged - milestone.declared)::double precision,
    extract(epoch from milestone.acknowledged - milestone.started)::double precision,
    extract(epoch from milestone.mitigated - milestone.started)::double precision,
    extract(epoch from milestone.resolved - milestone.started)::double precision,
    extract(epoch from milestone.resolved - milestone.started)::double precision - milestone.between_resolution_and_reopening,
    case when milestone.resolved is not null
      then extract(epoch from milestone.first_resolved - milestone.started)::double precision end
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
    seconds_between_resolution_and_reopening = excluded.seconds_between_resolution_and_reopening,
    seconds_to_detect = excluded.seconds_to_detect, seconds_to_acknowledge = excluded.seconds_to_acknowledge,
    seconds_to_acknowledge_from_start = excluded.seconds_to_acknowledge_from_start,
    seconds_to_mitigate = excluded.seconds_to_mitigate, seconds_to_resolve = excluded.seconds_to_resolve,
    -- Unknown where the timeline did not tell every resolution and reopening.
    seconds_active = case when present.history_complete then excluded.seconds_active end,
    seconds_to_first_resolution = case when present.history_complete then excluded.seconds_to_first_resolution end;
  get diagnostics written = row_count;
  return written;
end
$$;

create or replace function np_incident_timeline_milestones() returns trigger language plpgsql as $$
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
    insert into np_incident_durations
      (source_account_id, incident_id, started_at, start_known, detected_at, declared_at, seconds_to_detect)
    values (account, incident, least(new.occurred_at, new.recorded_at), new.occurred_at <> now(), new.recorded_at, new.recorded_at,
      case when new.occurred_at <> now() then
        extract(epoch from new.recorded_at - least(new.occurred_at, new.recorded_at))::double precision end)
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
