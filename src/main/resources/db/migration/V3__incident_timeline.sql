create table np_incident_timeline (
  source_account_id text not null default 'primary',
  incident_id uuid not null,
  seq integer not null,
  id uuid not null default gen_random_uuid(),
  kind text not null default 'note'
    constraint np_incident_timeline_kind_form check (kind ~ '^[a-z][a-z0-9_.-]{0,63}$'),
  message text
    constraint np_incident_timeline_message_length check (length(message) between 1 and 20000),
  data jsonb,
  actor text not null default session_user
    constraint np_incident_timeline_actor_length check (length(actor) between 1 and 200),
  occurred_at timestamptz not null default now(),
  recorded_at timestamptz not null default now(),
  supersedes integer,
  redacted boolean not null default false,
  salt uuid,
  content_hash bytea not null,
  hash bytea not null,
  primary key (source_account_id, incident_id, seq),
  constraint np_incident_timeline_incident_fkey foreign key (source_account_id, incident_id) references np_incidents,
  constraint np_incident_timeline_supersedes_fkey
    foreign key (source_account_id, incident_id, supersedes) references np_incident_timeline,
  constraint np_incident_timeline_redacted_empty
    check (redacted = (salt is null) and (not redacted or (message is null and data is null)))
);

comment on table np_incident_timeline is 'What happened in an incident, in order. Rows are appended and never changed, but for the redaction of their text.';
comment on column np_incident_timeline.source_account_id is 'The account the incident belongs to.';
comment on column np_incident_timeline.incident_id is 'The incident.';
comment on column np_incident_timeline.seq is 'Place in the timeline of the incident: 1, 2, 3 … without a gap, given by the database.';
comment on column np_incident_timeline.id is 'UUIDv7, made by the service.';
comment on column np_incident_timeline.kind is 'What sort of event: opened, status_changed, note …, or a word of the client''s own.';
comment on column np_incident_timeline.message is 'The event in words; empty once redacted.';
comment on column np_incident_timeline.data is 'The event for programs; empty once redacted.';
comment on column np_incident_timeline.actor is 'Who did it.';
comment on column np_incident_timeline.occurred_at is 'When it happened, which may be long before it was recorded.';
comment on column np_incident_timeline.recorded_at is 'When it was recorded, by the clock of the database.';
comment on column np_incident_timeline.supersedes is 'The seq of the event that this one corrects or redacts.';
comment on column np_incident_timeline.redacted is 'Whether message and data were removed.';
comment on column np_incident_timeline.salt is 'Random, part of content_hash; removed with the text, so that a redacted text cannot be guessed from its hash.';
comment on column np_incident_timeline.content_hash is 'SHA-256 of the JSON array [salt, message, data]; stays when they are redacted.';
comment on column np_incident_timeline.hash is 'SHA-256 of the hash of the event before, seq, and SHA-256 of the event; a change anywhere breaks the chain from there.';

create table np_incident_timeline_heads (
  source_account_id text not null,
  incident_id uuid not null,
  seq integer not null,
  hash bytea not null,
  primary key (source_account_id, incident_id)
)
-- Updated by every event: room on the page keeps the updates heap-only.
with (fillfactor = 50);
comment on table np_incident_timeline_heads is 'The end of each timeline. Its row lock orders the events of an incident.';
comment on column np_incident_timeline_heads.source_account_id is 'The account the incident belongs to.';
comment on column np_incident_timeline_heads.incident_id is 'The incident.';
comment on column np_incident_timeline_heads.seq is 'The seq of its last event.';
comment on column np_incident_timeline_heads.hash is 'The hash of its last event.';

alter table np_incident_timeline enable row level security;
alter table np_incident_timeline force row level security;
create policy np_incident_timeline_account on np_incident_timeline
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update (message, data, salt, redacted) on np_incident_timeline to nself_incident_mgmt;

alter table np_incident_timeline_heads enable row level security;
alter table np_incident_timeline_heads force row level security;
create policy np_incident_timeline_heads_account on np_incident_timeline_heads
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select on np_incident_timeline_heads to nself_incident_mgmt;

create function np_incident_timeline_content_hash(salt uuid, message text, data jsonb) returns bytea
  language sql stable parallel safe
as $$
  select sha256(convert_to(jsonb_build_array(salt, message, data)::text, 'UTF8'))
$$;
comment on function np_incident_timeline_content_hash(uuid, text, jsonb) is 'The content_hash of an event with this salt, message and data.';

-- Times as microseconds, because the text of a timestamp depends on the time zone of the session.
create function np_incident_timeline_event_hash(event np_incident_timeline) returns bytea
  language sql stable parallel safe
as $$
  select sha256(convert_to(
    jsonb_build_array(
      event.source_account_id,
      event.incident_id,
      event.id,
      event.kind,
      event.actor,
      (extract(epoch from event.occurred_at) * 1000000)::bigint,
      (extract(epoch from event.recorded_at) * 1000000)::bigint,
      event.supersedes,
      encode(event.content_hash, 'hex'))::text,
    'UTF8'))
$$;
comment on function np_incident_timeline_event_hash(np_incident_timeline) is 'SHA-256 over everything of an event but its place.';

-- Runs as the owner of the tables: the service may read the head but not write it. See np_incidents_before_insert.
create function np_incident_timeline_before_insert() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  writers_account text := current_setting('app.source_account_id', true);
  event_hash bytea;
begin
  if writers_account is distinct from new.source_account_id then
    perform set_config('app.source_account_id', new.source_account_id, true);
  end if;
  new.redacted := false;
  new.recorded_at := clock_timestamp();
  new.salt := gen_random_uuid();
  new.content_hash := np_incident_timeline_content_hash(new.salt, new.message, new.data);
  event_hash := np_incident_timeline_event_hash(new);
  insert into np_incident_timeline_heads as head (source_account_id, incident_id, seq, hash)
  values (new.source_account_id, new.incident_id, 1, sha256(int4send(1) || event_hash))
  on conflict (source_account_id, incident_id) do update
    set seq = head.seq + 1, hash = sha256(head.hash || int4send(head.seq + 1) || event_hash)
  returning seq, hash into new.seq, new.hash;
  if writers_account is distinct from new.source_account_id then
    perform set_config('app.source_account_id', coalesce(writers_account, ''), true);
  end if;
  return new;
end
$$;
create trigger np_incident_timeline_before_insert before insert on np_incident_timeline
  for each row execute function np_incident_timeline_before_insert();

create function np_incident_timeline_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    -- The one exception: removing the text of an event, once, and nothing else of it.
    if new.redacted and not old.redacted and new.message is null and new.data is null and new.salt is null
      and (new.source_account_id, new.incident_id, new.seq, new.id, new.kind, new.actor, new.occurred_at, new.recorded_at,
           new.content_hash, new.hash)
        = (old.source_account_id, old.incident_id, old.seq, old.id, old.kind, old.actor, old.occurred_at, old.recorded_at,
           old.content_hash, old.hash)
      and new.supersedes is not distinct from old.supersedes
    then
      return new;
    end if;
  end if;
  raise exception 'the timeline is append-only: % refused', lower(tg_op) using errcode = 'restrict_violation';
end
$$;
create trigger np_incident_timeline_append_only before update or delete on np_incident_timeline
  for each row execute function np_incident_timeline_append_only();
create trigger np_incident_timeline_no_truncate before truncate on np_incident_timeline
  for each statement execute function np_incident_timeline_append_only();
create trigger np_incident_timeline_heads_no_truncate before truncate on np_incident_timeline_heads
  for each statement execute function np_incident_timeline_append_only();

create function np_incident_timeline_verify(account text, incident uuid)
  returns table (events integer, intact boolean, first_broken_seq integer, head_hash bytea)
  language sql stable
as $$
  with chain as (
    select
      event.seq,
      event.hash,
      row_number() over ordered = event.seq
        and event.hash = sha256(
          coalesce(lag(event.hash) over ordered, ''::bytea) || int4send(event.seq) || np_incident_timeline_event_hash(event))
        and (event.redacted and event.message is null and event.data is null
          or event.content_hash = np_incident_timeline_content_hash(event.salt, event.message, event.data)) as sound
    from np_incident_timeline event
    where event.source_account_id = account and event.incident_id = incident
    window ordered as (order by event.seq)
  ),
  summary as (
    select count(*)::integer as events, min(seq) filter (where not sound) as broken, max(seq) as last from chain
  ),
  head as (
    select seq, hash from np_incident_timeline_heads where source_account_id = account and incident_id = incident
  )
  select
    summary.events,
    summary.broken is null and end_reached,
    coalesce(summary.broken, case when not end_reached then coalesce(summary.last, 0) + 1 end),
    head.hash
  from summary
  left join head on true
  cross join lateral (
    select case
      when head.seq is null then summary.events = 0
      else summary.last is not distinct from head.seq
        and head.hash = (select chain.hash from chain where chain.seq = summary.last)
    end as end_reached
  ) reached
$$;
comment on function np_incident_timeline_verify(text, uuid) is
  'Recomputes the hash chain of a timeline. first_broken_seq is the first event that was changed, removed or added behind the trigger''s back; one past the last where the end is missing.';
grant execute on function np_incident_timeline_verify(text, uuid) to nself_incident_mgmt;
