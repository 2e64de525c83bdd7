-- The first acknowledgement and a resolution change the row of durations by what they add: aggregating the milestones again took a
-- quarter of the time of a transition. Reopenings, cancellations, merges and corrections still do.
create or replace function np_incident_timeline_milestones() returns trigger language plpgsql as $$
declare
  account constant text := new.source_account_id;
  incident constant uuid := new.incident_id;
  became constant text := new.data ->> 'to';
  by_person constant boolean := new.actor not like 'runbook:%';
  acknowledgement timestamptz;
  resolution timestamptz;
  mitigation timestamptz;
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
    on conflict do nothing
    returning occurred_at into acknowledgement;
  end if;
  if became = 'resolved' then
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
    values (account, incident, 'resolved', new.recorded_at, new.recorded_at, new.actor, case when by_person then 'person' else 'system' end)
    on conflict do nothing
    returning occurred_at into resolution;
    insert into np_incident_milestones (source_account_id, incident_id, kind, occurred_at, recorded_at, actor, source)
    values (account, incident, 'mitigated', new.recorded_at, new.recorded_at, new.actor, 'system')
    on conflict do nothing
    returning occurred_at into mitigation;
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
  elsif coalesce(acknowledgement, resolution, mitigation) is not null then
    -- What np_incident_durations_refresh would compute, without reading the milestones.
    update np_incident_durations
    set acknowledged_at = coalesce(acknowledgement, acknowledged_at),
      mitigated_at = coalesce(mitigation, mitigated_at),
      resolved_at = coalesce(resolution, resolved_at),
      first_resolved_at = least(first_resolved_at, resolution),
      ended_at = coalesce(resolution, ended_at),
      seconds_to_acknowledge = coalesce(extract(epoch from acknowledgement - declared_at)::double precision, seconds_to_acknowledge),
      seconds_to_acknowledge_from_start =
        coalesce(extract(epoch from acknowledgement - started_at)::double precision, seconds_to_acknowledge_from_start),
      seconds_to_mitigate = coalesce(extract(epoch from mitigation - started_at)::double precision, seconds_to_mitigate),
      seconds_to_resolve = coalesce(extract(epoch from resolution - started_at)::double precision, seconds_to_resolve),
      seconds_active = case
        when resolution is null then seconds_active
        when history_complete then extract(epoch from resolution - started_at)::double precision - seconds_between_resolution_and_reopening
      end,
      seconds_to_first_resolution = case
        when resolution is null then seconds_to_first_resolution
        when history_complete then extract(epoch from least(first_resolved_at, resolution) - started_at)::double precision
      end
    where source_account_id = account and incident_id = incident;
  end if;
  return null;
end
$$;
