create table np_runbooks (
  source_account_id text not null default 'primary'
    constraint np_runbooks_source_account_id_length check (length(source_account_id) between 1 and 128),
  id uuid not null default gen_random_uuid(),
  key text
    constraint np_runbooks_key_form check (key ~ '^[a-z][a-z0-9_-]{0,63}$'),
  name text not null
    constraint np_runbooks_name_length check (length(name) between 1 and 200),
  version integer not null default 1
    constraint np_runbooks_version_positive check (version >= 1),
  created_by text not null default session_user,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  archived_at timestamptz,
  primary key (source_account_id, id)
);
comment on table np_runbooks is 'Runbooks: what to do. The definition is in np_runbook_versions.';
comment on column np_runbooks.source_account_id is 'The account the runbook belongs to.';
comment on column np_runbooks.id is 'UUIDv7, made by the service.';
comment on column np_runbooks.key is 'A short name to refer to it by; unique among the runbooks of the account that are not archived.';
comment on column np_runbooks.name is 'The name of its latest version.';
comment on column np_runbooks.version is 'Its latest version.';
comment on column np_runbooks.created_by is 'The actor who created it.';
comment on column np_runbooks.created_at is 'When it was created.';
comment on column np_runbooks.updated_at is 'When it last got a version or was archived.';
comment on column np_runbooks.archived_at is 'When it was archived; an archived runbook cannot be started.';
create unique index np_runbooks_key on np_runbooks (source_account_id, key) where archived_at is null;
create index np_runbooks_by_name on np_runbooks (source_account_id, name, id);

create table np_runbook_versions (
  source_account_id text not null default 'primary',
  runbook_id uuid not null,
  version integer not null
    constraint np_runbook_versions_version_positive check (version >= 1),
  name text not null
    constraint np_runbook_versions_name_length check (length(name) between 1 and 200),
  description text
    constraint np_runbook_versions_description_length check (length(description) between 1 and 20000),
  definition jsonb not null
    constraint np_runbook_versions_definition_object check (jsonb_typeof(definition) = 'object'),
  created_by text not null default session_user,
  created_at timestamptz not null default now(),
  primary key (source_account_id, runbook_id, version),
  constraint np_runbook_versions_runbook_fkey foreign key (source_account_id, runbook_id) references np_runbooks
);
comment on table np_runbook_versions is 'The versions of each runbook. A version never changes once written; an execution keeps the one it began with.';
comment on column np_runbook_versions.source_account_id is 'The account the runbook belongs to.';
comment on column np_runbook_versions.runbook_id is 'The runbook.';
comment on column np_runbook_versions.version is 'Counts from 1.';
comment on column np_runbook_versions.name is 'The name in this version.';
comment on column np_runbook_versions.description is 'When to use it, for people.';
comment on column np_runbook_versions.definition is 'Its inputs, steps and attach condition, as the REST API writes them.';
comment on column np_runbook_versions.created_by is 'The actor who wrote this version.';
comment on column np_runbook_versions.created_at is 'When it was written.';

create function np_runbook_versions_immutable() returns trigger language plpgsql as $$
begin
  raise exception 'a version of a runbook never changes: % refused', lower(tg_op) using errcode = 'restrict_violation';
end
$$;
create trigger np_runbook_versions_immutable before update or delete on np_runbook_versions
  for each row execute function np_runbook_versions_immutable();
create trigger np_runbook_versions_no_truncate before truncate on np_runbook_versions
  for each statement execute function np_runbook_versions_immutable();

alter table np_runbooks enable row level security;
alter table np_runbooks force row level security;
create policy np_runbooks_account on np_runbooks
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, update on np_runbooks to nself_incident_mgmt;

alter table np_runbook_versions enable row level security;
alter table np_runbook_versions force row level security;
create policy np_runbook_versions_account on np_runbook_versions
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert on np_runbook_versions to nself_incident_mgmt;
