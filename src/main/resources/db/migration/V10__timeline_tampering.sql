-- Redaction removes evidence, so it cannot be done without the event that says who did it: the service may no longer update
-- the rows itself, only call the function that writes both.
revoke update (message, data, salt, redacted) on np_incident_timeline from nself_incident_mgmt;

create function np_incident_timeline_redact(
  account text, incident uuid, redacted_seq integer, redaction_id uuid, by_actor text, reason text)
  returns setof np_incident_timeline
  language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  target np_incident_timeline;
begin
  -- Runs as the owner of the tables, who may be a superuser and then is under no row-level security.
  if account is distinct from current_setting('app.source_account_id', true) then
    raise exception 'the account is not that of the transaction' using errcode = 'insufficient_privilege';
  end if;
  update np_incident_timeline event
  set redacted = true, message = null, data = null, salt = null
  where event.source_account_id = account and event.incident_id = incident and event.seq = redacted_seq and not event.redacted
  returning event.* into target;
  if found then
    insert into np_incident_timeline (source_account_id, incident_id, id, kind, message, actor, supersedes)
    values (account, incident, redaction_id, 'redacted', reason, by_actor, redacted_seq);
    return next target;
  end if;
end
$$;
revoke execute on function np_incident_timeline_redact(text, uuid, integer, uuid, text, text) from public;
grant execute on function np_incident_timeline_redact(text, uuid, integer, uuid, text, text) to nself_incident_mgmt;
comment on function np_incident_timeline_redact(text, uuid, integer, uuid, text, text) is
  'Removes message and data of an event, and appends the event of kind redacted that says who did it and why. Returns the redacted event; no row if there is none that still has its text.';

-- JSON null and no data have the same content_hash, so one must not be replaced by the other.
create function np_incident_timeline_no_json_null() returns trigger language plpgsql as $$
begin
  new.data := null;
  return new;
end
$$;
create trigger np_incident_timeline_a_no_json_null before insert on np_incident_timeline
  for each row when (new.data = 'null'::jsonb) execute function np_incident_timeline_no_json_null();

-- What an attempt at a step did is evidence too: once its end is recorded, the service cannot change it.
create function np_runbook_attempts_finished_stay() returns trigger language plpgsql as $$
begin
  raise exception 'an attempt whose end is recorded never changes' using errcode = 'restrict_violation';
end
$$;
create trigger np_runbook_attempts_finished_stay before update on np_runbook_attempts
  for each row when (old.finished_at is not null and current_user = 'nself_incident_mgmt' and new is distinct from old)
  execute function np_runbook_attempts_finished_stay();

create function np_incident_timeline_verify(
  account text, incident uuid, anchor_seq integer, anchor_hash bytea, anchor_time timestamptz)
  returns table (
    events integer, intact boolean, first_broken_seq integer, head_hash bytea, problem_seqs integer[], problems text[])
  language sql stable
as $$
  with chain as (
    select
      event.seq,
      event.hash,
      case
        when not (
          row_number() over ordered = event.seq
          and event.hash = sha256(
            coalesce(lag(event.hash) over ordered, ''::bytea) || int4send(event.seq) || np_incident_timeline_event_hash(event))
          and (event.redacted and event.message is null and event.data is null
            or event.content_hash = np_incident_timeline_content_hash(event.salt, event.message, event.data)
              and event.data is distinct from 'null'::jsonb))
        then 'changed'
        when event.redacted and event.seq not in (
          select redaction.supersedes
          from np_incident_timeline redaction
          where redaction.source_account_id = account and redaction.incident_id = incident
            and redaction.kind = 'redacted' and redaction.supersedes is not null)
        then 'redacted_without_event'
        when event.position <= lag(event.position, 1, 0::bigint) over ordered then 'out_of_order'
        -- A transaction that was open when the statement was made may have recorded its event before.
        when event.seq > anchor_seq and event.recorded_at < anchor_time - interval '5 minutes' then 'backdated'
      end as problem
    from np_incident_timeline event
    where event.source_account_id = account and event.incident_id = incident
    window ordered as (order by event.seq)
  ),
  summary as (
    select count(*)::integer as events, coalesce(max(seq), 0) as last from chain
  ),
  head as (
    select seq, hash from np_incident_timeline_heads where source_account_id = account and incident_id = incident
  ),
  problems as (
    select seq, problem from chain where problem is not null
    union all
    -- Every incident has the event that says it was opened.
    select last + 1, 'missing'
    from summary
    left join head on true
    where case
      when head.seq is null then last > 0 or exists (select from np_incidents where source_account_id = account and id = incident)
      else last <> head.seq or head.hash is distinct from (select chain.hash from chain where chain.seq = last)
    end
    union all
    select anchor_seq, case when chain.seq is null then 'missing' else 'differs_from_anchor' end
    from (select) as anchor
    left join chain on chain.seq = anchor_seq
    where anchor_seq is not null and chain.hash is distinct from anchor_hash
  ),
  first_problems as (
    select distinct seq, problem from problems order by seq, problem limit 20
  )
  select
    summary.events,
    not exists (select from problems),
    (select min(seq) from problems),
    head.hash,
    array(select seq from first_problems order by seq, problem),
    array(select problem from first_problems order by seq, problem)
  from summary
  left join head on true
$$;
comment on function np_incident_timeline_verify(text, uuid, integer, bytea, timestamptz) is
  'Recomputes the hash chain of a timeline and compares it with the seq, hash and time of a statement about it; null for none. problem_seqs and problems are the first 20 that were found: changed, missing, redacted_without_event, out_of_order, backdated, differs_from_anchor.';
grant execute on function np_incident_timeline_verify(text, uuid, integer, bytea, timestamptz) to nself_incident_mgmt;

create or replace function np_incident_timeline_verify(account text, incident uuid)
  returns table (events integer, intact boolean, first_broken_seq integer, head_hash bytea)
  language sql stable
as $$
  select events, intact, first_broken_seq, head_hash
  from np_incident_timeline_verify(account, incident, null::integer, null::bytea, null::timestamptz)
$$;
