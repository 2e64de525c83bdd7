create table np_idempotency_keys (
  source_account_id text not null default 'primary',
  key text not null
    constraint np_idempotency_keys_key_length check (length(key) between 1 and 255),
  request_hash bytea not null,
  subject_id uuid not null,
  subject_seq integer,
  created_at timestamptz not null default now(),
  primary key (source_account_id, key)
);
comment on table np_idempotency_keys is 'Requests that were carried out, so that sending one again gives its result instead of doing it twice. Kept for 24 hours at least.';
comment on column np_idempotency_keys.source_account_id is 'The account of the caller.';
comment on column np_idempotency_keys.key is 'What the caller chose.';
comment on column np_idempotency_keys.request_hash is 'SHA-256 of the operation and its input; another request under the same key is refused.';
comment on column np_idempotency_keys.subject_id is 'The incident or runbook that it made or changed.';
comment on column np_idempotency_keys.subject_seq is 'The timeline event that it made, where it made one.';
comment on column np_idempotency_keys.created_at is 'When it was carried out.';
create index np_idempotency_keys_created on np_idempotency_keys (source_account_id, created_at);

alter table np_idempotency_keys enable row level security;
alter table np_idempotency_keys force row level security;
create policy np_idempotency_keys_account on np_idempotency_keys
  using (source_account_id = current_setting('app.source_account_id', true))
  with check (source_account_id = current_setting('app.source_account_id', true));
grant select, insert, delete on np_idempotency_keys to nself_incident_mgmt;
