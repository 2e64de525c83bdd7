-- Monitoring systems know an incident by its dedup_key only.
create index np_incidents_by_dedup_key on np_incidents (source_account_id, dedup_key, opened_at desc, id desc)
  where dedup_key is not null;

create function np_incident_by_dedup_key(account text, wanted text) returns uuid
  language plpgsql stable
as $$
declare
  found_id uuid;
  found_status text;
  into_id uuid;
begin
  select id into found_id from np_incidents
  where source_account_id = account and dedup_key = wanted and status in ('open', 'acknowledged', 'mitigating');
  if found then
    return found_id;
  end if;
  select id, status, merged_into into found_id, found_status, into_id from np_incidents
  where source_account_id = account and dedup_key = wanted
  order by opened_at desc, id desc limit 1;
  -- Merging into an incident that is itself merged is refused, so chains are short; a loop cannot be.
  while found_status = 'merged' loop
    select id, status, merged_into into found_id, found_status, into_id from np_incidents
    where source_account_id = account and id = into_id;
  end loop;
  return found_id;
end
$$;
comment on function np_incident_by_dedup_key(text, text) is
  'The incident that a dedup_key stands for now: the unfinished one with it, else the newest one, or the one that this was merged into. Null for none.';
grant execute on function np_incident_by_dedup_key(text, text) to nself_incident_mgmt;

-- A repetition is no edit; but one that raises the severity is, so that runbooks are triggered and ETags change. Fires after
-- np_incidents_before_update (triggers fire by name), which keeps the version where occurrences change.
create function np_incidents_raised() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end
$$;
create trigger np_incidents_raised before update on np_incidents
  for each row when (new.occurrences <> old.occurrences and new.severity <> old.severity)
  execute function np_incidents_raised();

-- What people write about a step, and what servers answer, is on the timeline and in the execution: a redaction removes both.
-- Runs as the owner, because the service may not change an attempt whose end is recorded.
create function np_incident_timeline_redact_copies() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  writers_account text := current_setting('app.source_account_id', true);
  id_text text := old.data ->> 'execution_id';
  execution uuid;
  step text := old.data ->> 'step';
begin
  -- Also events of kinds that clients made can have such a member.
  if id_text !~ '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' then
    return null;
  end if;
  execution := id_text::uuid;
  if writers_account is distinct from old.source_account_id then
    perform set_config('app.source_account_id', old.source_account_id, true);
  end if;
  update np_runbook_executions set
    inputs = case when old.kind = 'runbook_started' then '{}' else inputs end,
    reason = case when old.kind = 'runbook_finished' then null else reason end,
    version = version + 1, wakes = wakes + 1, updated_at = now()
  where source_account_id = old.source_account_id and id = execution and incident_id = old.incident_id;
  if found and step is not null and old.kind in ('runbook_step', 'runbook_decision', 'note') then
    update np_runbook_steps set
      note = case when old.kind = 'runbook_step' then null else note end,
      output = case when old.kind = 'runbook_decision' then output end,
      error = case when old.kind = 'note' then error end
    where source_account_id = old.source_account_id and execution_id = execution and key = step;
    if old.kind = 'runbook_step' then
      update np_runbook_attempts set excerpt = null, error = null, request = null
      where source_account_id = old.source_account_id and execution_id = execution and step_key = step;
    end if;
    if old.kind <> 'note' then
      update np_runbook_decisions set reason = null
      where source_account_id = old.source_account_id and execution_id = execution and step_key = step
        and (old.kind = 'runbook_step' or actor = old.actor);
    end if;
  end if;
  if writers_account is distinct from old.source_account_id then
    perform set_config('app.source_account_id', coalesce(writers_account, ''), true);
  end if;
  return null;
end
$$;
create trigger np_incident_timeline_redact_copies after update on np_incident_timeline
  for each row when (new.redacted and not old.redacted and old.data ? 'execution_id')
  execute function np_incident_timeline_redact_copies();
