create table np_incidents (
  source_account_id text not null default 'primary'
    constraint np_incidents_source_account_id_length check (length(source_account_id) between 1 and 128),
  id uuid not null default gen_random_uuid(),
  number integer not null,
  title text not null
    constraint np_incidents_title_length check (length(title) between 1 and 300),
  summary text
    constraint np_incidents_summary_length check (length(summary) between 1 and 20000),
  severity text not null default 'medium'
    constraint np_incidents_severity_known check (severity in ('critical', 'high', 'medium', 'low', 'info')),
  severity_rank smallint not null generated always as (
    case severity when 'critical' then 5 when 'high' then 4 when 'medium' then 3 when 'low' then 2 else 1 end) stored,
  status text not null default 'open'
    constraint np_incidents_status_known check (
      status in ('open', 'acknowledged', 'mitigating', 'resolved', 'closed', 'cancelled', 'merged')),
  owner text
    constraint np_incidents_owner_length check (length(owner) between 1 and 200),
  opened_by text
    constraint np_incidents_opened_by_length check (length(opened_by) between 1 and 200),
  labels jsonb not null default '{}'
    constraint np_incidents_labels_object check (jsonb_typeof(labels) = 'object'),
  services text[] not null default '{}'
    constraint np_incidents_services_count check (cardinality(services) <= 50),
  dedup_key text
    constraint np_incidents_dedup_key_length check (length(dedup_key) between 1 and 255),
  occurrences integer not null default 1
    constraint np_incidents_occurrences_positive check (occurrences >= 1),
  merged_into uuid,
  version integer not null default 1,
  reopen_count integer not null default 0,
  opened_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  mitigated_at timestamptz,
  resolved_at timestamptz,
  closed_at timestamptz,
  updated_at timestamptz not null default now(),
  primary key (source_account_id, id),
  constraint np_incidents_number_unique unique (source_account_id, number),
  constraint np_incidents_number_positive check (number >= 1),
  constraint np_incidents_merged_into_fkey foreign key (source_account_id, merged_into) references np_incidents,
  constraint np_incidents_merged_into_other check (merged_into <> id),
  constraint np_incidents_merged_has_target check ((status = 'merged') = (merged_into is not null))
);

comment on table np_incidents is 'Incidents: what went wrong, how bad it is, who has it and how far they are.';
comment on column np_incidents.source_account_id is 'The account the incident belongs to; row-level security compares it with app.source_account_id.';
comment on column np_incidents.id is 'UUIDv7, made by the service.';
comment on column np_incidents.number is 'Counts the incidents of the account from 1, given by the database, never twice.';
comment on column np_incidents.title is 'One line that says what is wrong; 1 to 300 characters.';
comment on column np_incidents.summary is 'What is known so far, for people; up to 20,000 characters.';
comment on column np_incidents.severity is 'critical, high, medium, low or info.';
comment on column np_incidents.severity_rank is 'The severity as a number to order by: 5 is critical, 1 is info.';
comment on column np_incidents.status is 'open, acknowledged, mitigating, resolved, closed, cancelled or merged; the database checks the transitions.';
comment on column np_incidents.owner is 'Who has it now; any name the team uses.';
comment on column np_incidents.opened_by is 'The actor who opened it.';
comment on column np_incidents.labels is 'Names and values to filter by; an object of strings.';
comment on column np_incidents.services is 'The services concerned.';
comment on column np_incidents.dedup_key is 'While the incident is unfinished, opening another with this key raises occurrences instead.';
comment on column np_incidents.occurrences is 'How often it was opened under its dedup_key.';
comment on column np_incidents.merged_into is 'The incident that it was merged into; set exactly while the status is merged.';
comment on column np_incidents.version is 'Raised by every change but a mere repetition; for optimistic concurrency.';
comment on column np_incidents.reopen_count is 'How often it was opened again after it had been finished.';
comment on column np_incidents.opened_at is 'When it began.';
comment on column np_incidents.acknowledged_at is 'When somebody first took notice; empty again when it goes back to open.';
comment on column np_incidents.mitigated_at is 'When mitigation first began; empty again when it goes back to open.';
comment on column np_incidents.resolved_at is 'When it was resolved; empty again when it is reopened.';
comment on column np_incidents.closed_at is 'When it was closed, cancelled or merged; empty again when it is reopened.';
comment on column np_incidents.updated_at is 'When any column last changed.';

create unique index np_incidents_dedup on np_incidents (source_account_id, dedup_key)
  where status in ('open', 'acknowledged', 'mitigating');
create index np_incidents_opened on np_incidents (source_account_id, opened_at desc, id desc);
create index np_incidents_updated on np_incidents (source_account_id, updated_at desc, id desc);
create index np_incidents_by_severity on np_incidents (source_account_id, severity_rank desc, opened_at desc, id desc);
create index np_incidents_by_status on np_incidents (source_account_id, status, opened_at desc, id desc);
create index np_incidents_by_owner on np_incidents (source_account_id, owner, opened_at desc, id desc) where owner is not null;
create index np_incidents_merged_into on np_incidents (source_account_id, merged_into) where merged_into is not null;

alter table np_incidents enable row level security;
alter table np_incidents force row level security;
create policy np_incidents_account on np_incidents
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update on np_incidents to nself_incident_mgmt;

create table np_incident_numbers (
  source_account_id text not null primary key,
  last_number integer not null
);
comment on table np_incident_numbers is 'The last incident number of each account. Its row lock makes numbers unique and free of gaps.';
comment on column np_incident_numbers.source_account_id is 'The account.';
comment on column np_incident_numbers.last_number is 'The number given last.';
alter table np_incident_numbers enable row level security;
alter table np_incident_numbers force row level security;
create policy np_incident_numbers_account on np_incident_numbers
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));

-- Runs as the owner of the tables, so that the service needs no right on the counter. The owner is under row-level security
-- too, so the account is set for its own statement, and set back for the writer's. (A SET clause would do that by itself,
-- but only a superuser may name a parameter of our own in one.)
create function np_incidents_before_insert() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  writers_account text := current_setting('app.source_account_id', true);
begin
  if new.status <> 'open' then
    raise exception 'an incident begins as open, not as %', new.status using errcode = 'check_violation';
  end if;
  if writers_account is distinct from new.source_account_id then
    perform set_config('app.source_account_id', new.source_account_id, true);
  end if;
  insert into np_incident_numbers as n (source_account_id, last_number)
  values (new.source_account_id, 1)
  on conflict (source_account_id) do update set last_number = n.last_number + 1
  returning last_number into new.number;
  if writers_account is distinct from new.source_account_id then
    perform set_config('app.source_account_id', coalesce(writers_account, ''), true);
  end if;
  new.version := 1;
  new.reopen_count := 0;
  new.updated_at := clock_timestamp();
  return new;
end
$$;
create trigger np_incidents_before_insert before insert on np_incidents
  for each row execute function np_incidents_before_insert();

create function np_incident_transition_allowed(before text, after text) returns boolean
  language sql immutable parallel safe
as $$
  select case before
    when 'open' then after in ('acknowledged', 'mitigating', 'resolved', 'cancelled', 'merged')
    when 'acknowledged' then after in ('open', 'mitigating', 'resolved', 'cancelled', 'merged')
    when 'mitigating' then after in ('acknowledged', 'resolved', 'cancelled', 'merged')
    when 'resolved' then after in ('open', 'closed')
    else after = 'open'
  end
$$;
comment on function np_incident_transition_allowed(text, text) is 'Whether an incident may go from one status to another.';

create function np_incidents_before_update() returns trigger language plpgsql as $$
declare
  at timestamptz := clock_timestamp();
begin
  if (new.source_account_id, new.id, new.number) is distinct from (old.source_account_id, old.id, old.number) then
    raise exception 'source_account_id, id and number of an incident never change' using errcode = 'check_violation';
  end if;
  if new.status <> old.status then
    if not np_incident_transition_allowed(old.status, new.status) then
      raise exception 'an incident cannot go from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    if new.status = 'open' then
      new.reopen_count := old.reopen_count
        + case when old.status in ('resolved', 'closed', 'cancelled', 'merged') then 1 else 0 end;
      new.acknowledged_at := null;
      new.mitigated_at := null;
      new.resolved_at := null;
      new.closed_at := null;
      new.merged_into := null;
    elsif new.status = 'acknowledged' then
      new.acknowledged_at := coalesce(old.acknowledged_at, at);
    elsif new.status = 'mitigating' then
      new.mitigated_at := coalesce(old.mitigated_at, at);
    elsif new.status = 'resolved' then
      new.resolved_at := at;
    else
      new.closed_at := at;
    end if;
  end if;
  -- A repetition of the same alert is no edit: it must not make the version that somebody is editing stale.
  new.version := old.version;
  new.updated_at := old.updated_at;
  if new.occurrences = old.occurrences then
    new.version := old.version + 1;
  end if;
  new.updated_at := greatest(at, old.updated_at + interval '1 microsecond');
  return new;
end
$$;
create trigger np_incidents_before_update before update on np_incidents
  for each row execute function np_incidents_before_update();
